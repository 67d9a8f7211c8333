#!/bin/sh
# The helper's firewall. `okdboot render` writes this file: change vars.yaml, not this.
set -e
# okdboot: cluster alt
firewall-cmd --permanent --add-port=8081/tcp
firewall-cmd --permanent --add-service=dns
firewall-cmd --permanent --add-service=http
firewall-cmd --permanent --add-service=https
firewall-cmd --permanent --add-port=6443/tcp
# okdboot: end of alt
firewall-cmd --reload
