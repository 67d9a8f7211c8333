#!/bin/sh
# The helper's firewall. `okdboot render` writes this file: change vars.yaml, not this.
set -e
# okdboot: cluster multi
firewall-cmd --permanent --add-port=8080/tcp
firewall-cmd --permanent --add-service=dns
firewall-cmd --permanent --add-service=http
firewall-cmd --permanent --add-service=https
firewall-cmd --permanent --add-port=6443/tcp
firewall-cmd --permanent --add-rich-rule='rule family="ipv4" source address="172.16.0.0/24" port port="22623" protocol="tcp" accept'
# okdboot: end of multi
firewall-cmd --reload
