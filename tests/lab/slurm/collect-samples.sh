#!/usr/bin/env bash
# Writes samples/ anew from the lab that runs: what the commands of Slurm print, byte by byte.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
qos=name,flags,maxwall,maxtres,maxtrespernode,maxtrespu,maxtrespa,grptres,mintres,maxtresmins,grptresrunmins,grpjobs,grpsubmit,maxjobspa,maxjobspu,maxsubmitpa,maxsubmitpu
assoc=cluster,account,user,partition,parentname,qos,defaultqos,maxwall,maxtres,maxtrespernode,grptres,maxtresmins,grptresrunmins,grpjobs,grpsubmit,maxjobs,maxsubmit
# those of the lab alone: the topologies beside it have theirs in the same database
names=$(sed -n 's/^qos \([a-z]*\).*/\1/p' "$here/accounts.sh" | paste -sd,)

# A file a line: its name, and the command to the letter.
commands() {
  cat << COMMANDS
scontrol-show-node.txt       scontrol -a -o show node
scontrol-show-partition.txt  scontrol -a -o show partition
scontrol-show-config.txt     scontrol show config
sinfo.txt                    sinfo -a -h -N -o '%N|%P|%c|%m|%l|%f|%G|%a|%T'
COMMANDS
  accounting
}

accounting() {
  cat << COMMANDS
sacctmgr-show-qos.txt        sacctmgr -nP show qos name=$names format=$qos
sacctmgr-show-assoc.txt      sacctmgr -nP show assoc cluster=lab format=$assoc
sacctmgr-show-user.txt       sacctmgr -nP show user root format=user,defaultaccount
COMMANDS
}

collect() { # FOLDER STATUS, the table on stdin
  local file command status
  mkdir -p "$1"
  while read -r file command; do
    status=0
    bash -c "$command" > "$1/$file" 2>&1 < /dev/null || status=$?
    if [ "$status" != "$2" ]; then
      echo "collect-samples.sh: $command: ended with $status, not $2" >&2
      exit 1
    fi
  done
}

SLURM_LAB_PART_LIMITS=NO "$here/start.sh"
commands | collect "$here/samples" 0

# Whether there is accounting, sacctmgr reads from its configuration; no daemon has to know.
conf=$(mktemp)
trap 'rm -f "$conf"' EXIT
sed 's|^AccountingStorageType=.*|AccountingStorageType=accounting_storage/none|; /^AccountingStorageEnforce=/d' \
  /etc/slurm/slurm.conf > "$conf"
export SLURM_CONF=$conf
accounting | collect "$here/samples/without-accounting" 1
