"""Generated web sites of eight kinds, three of each, to record tasks on; and the tasks, as scripts of the recorder."""
