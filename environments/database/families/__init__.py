"""The families of procedural database tasks: a question or a change, its SQL, and its outcome worked out in Python."""
