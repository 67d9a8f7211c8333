#!/bin/sh
# The helper's firewall. `okdboot render` writes this file: change vars.yaml, not this.
set -e
# okdboot: cluster ocp4
firewall-cmd --permanent --add-port=8080/tcp
firewall-cmd --permanent --add-service=dns
firewall-cmd --permanent --add-service=dhcp
firewall-cmd --permanent --add-service=tftp
firewall-cmd --permanent --add-service=http
firewall-cmd --permanent --add-service=https
firewall-cmd --permanent --add-port=6443/tcp
firewall-cmd --permanent --add-rich-rule='rule family="ipv4" source address="192.168.7.0/24" port port="22623" protocol="tcp" accept'
# okdboot: end of ocp4
firewall-cmd --reload
