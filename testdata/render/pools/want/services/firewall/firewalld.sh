#!/bin/sh
# The helper's firewall. `okdboot render` writes this file: change vars.yaml, not this.
set -e
# okdboot: cluster multi
firewall-cmd --permanent --add-port=8080/tcp
firewall-cmd --permanent --add-service=dns
firewall-cmd --permanent --add-service=http
firewall-cmd --permanent --add-service=https
firewall-cmd --permanent --add-port=6443/tcp
# okdboot: end of multi
firewall-cmd --reload
