#!/bin/sh
# The last step of both ways to build the image (docker build, debootstrap): what makes the two the same.
set -eu
rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb /var/cache/apt/*.bin /var/log/*.log /var/log/apt /usr/share/doc/* /usr/share/man/*
update-alternatives --quiet --set awk /usr/bin/gawk
ln -sf vi /usr/bin/vim
ln -sf python3 /usr/bin/python
rm -f /etc/hostname /etc/resolv.conf
printf '127.0.0.1 localhost\n' > /etc/hosts
printf 'nameserver 127.0.0.1\n' > /etc/resolv.conf
