#!/bin/sh
# The helper's firewall. `okdboot render` writes this file: change vars.yaml, not this.
set -e
# okdboot: cluster edge
firewall-cmd --permanent --add-port=8080/tcp
firewall-cmd --permanent --add-service=dns
firewall-cmd --permanent --add-service=dhcpv6
firewall-cmd --permanent --add-service=http
firewall-cmd --permanent --add-service=https
firewall-cmd --permanent --add-port=6443/tcp
firewall-cmd --permanent --add-rich-rule='rule family="ipv4" source address="10.0.1.0/25" port port="22623" protocol="tcp" accept'
firewall-cmd --permanent --add-rich-rule='rule family="ipv6" source address="2001:db8:1::/56" port port="22623" protocol="tcp" accept'
firewall-cmd --permanent --add-rich-rule='rule family="ipv6" source address="2001:db8:1::/64" port port="22623" protocol="tcp" accept'
# okdboot: end of edge
firewall-cmd --reload
