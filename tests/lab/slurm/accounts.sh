#!/usr/bin/env bash
# The lab's QOS and accounts, made or set right. Only slurmdbd has to run: slurmctld dies of a partition whose QOS
# is not there when it starts.
set -euo pipefail

# shellcheck source=tests/lab/slurm/accounting.sh
. "$(dirname "${BASH_SOURCE[0]}")/accounting.sh"

add cluster lab

qos normal
qos short MaxWall=04:00:00 Priority=100
qos big MaxTRESPerJob=cpu=24,mem=100G
qos partqos MaxTRESPerJob=mem=20G
qos strict MaxTRESPerJob=mem=50G MaxWall=02:00:00 Flags=DenyOnLimit
qos pernode MaxTRESPerNode=cpu=4,mem=10G
qos grp GrpTRES=cpu=6,mem=30G
qos peruser MaxTRESPerUser=cpu=6,mem=30G
qos minq MinTRESPerJob=cpu=4
qos partover MaxWall=2-00:00:00 Flags=PartitionTimeLimit
qos private

for account in lab small other; do add account "$account" Description="$account" Organization=lab; done
sacctmgr -i modify account small set MaxTRESPerJob=cpu=4
for account in lab small; do add user root Account="$account"; done
sacctmgr -i modify user root where Account=lab set \
  QOS=normal,short,big,strict,pernode,grp,peruser,minq,partover DefaultQOS=normal
sacctmgr -i modify user root where Account=small set MaxTRESPerJob=mem=8G MaxWall=60
# Slurm's own association: a new database gives it no default QOS, and some lab before this one may have changed it.
sacctmgr -i modify user root where Account=root set QOS=normal DefaultQOS=normal
sacctmgr -i modify user root set DefaultAccount=lab
