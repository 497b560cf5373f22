#!/usr/bin/env bash
# QOS and accounts of the topologies, made or set right. QOS are of all clusters, accounts and their limits of one.
#   accounts.sh        what a slurmctld needs to start: its cluster, the QOS of partitions. Only slurmdbd has to run
#   accounts.sh USER   the rest, for this ordinary user; types of GPUs are known once a slurmctld has named them
set -euo pipefail

# shellcheck source=tests/lab/slurm/accounting.sh
. "$(dirname "${BASH_SOURCE[0]}")/../accounting.sh"

clusters=(whole cores linear cpus sockets deep)
qos normal
if [ $# = 0 ]; then
  for cluster in "${clusters[@]}"; do add cluster "$cluster"; done
  qos pdebug MaxTRESPerUser=cpu=8
  qos pfew MaxJobsPerUser=2
  exit
fi
user=$1
qos t-cpu4 MaxTRESPerJob=cpu=4
qos t-cpu5 MaxTRESPerJob=cpu=5
qos t-deny4 MaxTRESPerJob=cpu=4 Flags=DenyOnLimit
qos t-grp8 GrpTRES=cpu=8
qos t-min8 MinTRESPerJob=cpu=8
qos t-min5 MinTRESPerJob=cpu=5
qos t-node4 MaxTRESPerNode=cpu=4
qos t-user8 MaxTRESPerUser=cpu=8
qos t-acct8 MaxTRESPerAccount=cpu=8
qos t-mem20 MaxTRESPerJob=mem=20000M
qos t-mins MaxTRESMinsPerJob=cpu=480
qos t-minsmem MaxTRESMinsPerJob=mem=4000000
qos t-runmins GrpTRESRunMins=cpu=480
qos t-grpmins GrpTRESMins=cpu=480
qos t-bill10 MaxTRESPerJob=billing=10
qos t-grpbill GrpTRES=billing=10
qos t-one MaxTRESPerJob=node=1
qos t-a100 MaxTRESPerJob=gres/gpu:a100=1
qos t-gpu1 MaxTRESPerJob=gres/gpu=1
qos t-nojobs MaxJobsPerUser=0
qos t-nojobspa MaxJobsPerAccount=0
qos t-nogrpjobs GrpJobs=0
qos t-nosubmit MaxSubmitJobsPerUser=0
qos t-nosubmitpa MaxSubmitJobsPerAccount=0
qos t-nogrpsubmit GrpSubmitJobs=0
qos t-resv Flags=RequiresReservation
qos t-wall MaxWall=60
qos t-grpwall GrpWall=60

every=$(IFS=,; echo "${names[*]}")
for cluster in "${clusters[@]}"; do
  add account lab cluster="$cluster" Description=lab Organization=lab
  add user "$user" cluster="$cluster" Account=lab DefaultAccount=lab
  sacctmgr -i modify user "$user" where cluster="$cluster" Account=lab set QOS="$every" DefaultQOS=normal
  sacctmgr -i modify user root where cluster="$cluster" Account=root set QOS=normal DefaultQOS=normal
done

# three deep, each with a limit of its own
in_deep() { # ACCOUNT PARENT [LIMIT...]
  local account=$1 parent=$2
  shift 2
  add account "$account" cluster=deep parent="$parent" Description="$account" Organization=lab
  [ $# -eq 0 ] || sacctmgr -i modify account "$account" where cluster=deep set "$@"
}
sacctmgr -i modify account root where cluster=deep set MaxTRESPerJob=cpu=30
in_deep uni root GrpTRES=cpu=24
in_deep dept uni MaxTRESPerJob=mem=100G
in_deep group dept MaxWall=12:00:00
in_deep gminutes root MaxTRESMinsPerJob=cpu=480
in_deep grun root GrpTRESRunMins=cpu=480
in_deep gused root GrpTRESMins=cpu=0
in_deep gnojobs root MaxJobs=0
in_deep gnogrpjobs root GrpJobs=0
in_deep gnosubmit root MaxSubmitJobs=0
in_deep gnogrpsubmit root GrpSubmitJobs=0
in_deep onlyqos root
in_deep nodefault root
in_deep narrow root MaxTRESPerNode=cpu=4
for account in group gminutes grun gused gnojobs gnogrpjobs gnosubmit gnogrpsubmit onlyqos nodefault narrow; do
  add user "$user" cluster=deep Account="$account"
  sacctmgr -i modify user "$user" where cluster=deep Account="$account" set QOS=normal,t-cpu4,t-wall DefaultQOS=normal
done
sacctmgr -i modify user "$user" where cluster=deep Account=onlyqos set DefaultQOS=-1 QOS=t-cpu4
sacctmgr -i modify user "$user" where cluster=deep Account=nodefault set DefaultQOS=-1 QOS=t-cpu4,t-wall
