#!/bin/sh
# The helper's firewall. `okdboot render` writes this file: change vars.yaml, not this.
set -e
# okdboot: cluster lab
firewall-cmd --permanent --add-port=8080/tcp
firewall-cmd --permanent --add-service=dns
# okdboot: end of lab
firewall-cmd --reload
