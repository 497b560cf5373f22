#!/usr/bin/env bash
# Starts topologies beside the lab, whose accounting they share: small clusters with a slurmctld and nodes of their own.
# The lab has to run. What runs already is left running.
#   topology.sh USER NAME...   prints the folder of the configuration of each
set -Eeuo pipefail
trap 'echo "${BASH_SOURCE[0]}: failed at line $LINENO" >&2' ERR

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/slurm/lib.sh
. "$here/../lib.sh"

user=$1
shift

# Without a user what a slurmctld needs to start, with one the rest.
make_accounts() { # [USER]
  ! cmp -s "$here/accounts.sh" "$lab/topologies${1:+.users}.done" || return 0
  bash "$here/accounts.sh" "$@" > $log/topologies.log 2>&1 || { tail -n 20 $log/topologies.log >&2; fail "no accounts"; }
  cp "$here/accounts.sh" "$lab/topologies${1:+.users}.done"
}

slurm_conf() { # NAME EnforcePartLimits
  cat "$here/common.conf" "$here/$1.conf" | sed \
    -e "s|@NAME@|$1|g" -e "s|@HOST@|$(hostname -s)|g" -e "s|@STATE@|$lab/$1|g" -e "s|@RUN@|$run/$1|g" \
    -e "s|@LOG@|$log|g" -e "s|@PART_LIMITS@|$2|g" -e "s|@DBD@|6819|g" |
    perl -pe "s/Port=([][\\d-]+)/'Port='.(\$1 =~ s|\\d+|\$&+$moved_by|ger)/e"
}

is_ctld_up() { scontrol ping | grep UP; }
are_nodes_up() { ! sinfo -haN -o %T | grep -vE '^(idle|mixed|allocated|completing|planned)$' | grep .; }

start() { # NAME
  local name=$1 folder=$conf/topologies/$1 node limits
  install -d -m 755 $conf/topologies "$folder" $lab/"$name" $lab/"$name"/ctld $lab/"$name"/spool $run/"$name"
  export SLURM_CONF=$folder/slurm.conf
  # as it is, where nothing else is asked for: others may use it right now
  limits=$(sed -n 's/^EnforcePartLimits=//p' "$SLURM_CONF" 2> /dev/null || true)
  slurm_conf "$name" "${SLURM_LAB_PART_LIMITS:-${limits:-NO}}" > "$folder/slurm.conf.new"
  if ! cmp -s "$folder/slurm.conf.new" "$folder/slurm.conf"; then
    end_topology "$name"
    mv "$folder/slurm.conf.new" "$folder/slurm.conf"
  fi
  touch $lab/"$name"/gpu{0,1,2}
  printf 'NodeName=wg Name=gpu Type=a100 File=%s/gpu[0-1]\nNodeName=wg Name=gpu Type=v100 File=%s/gpu2\n' \
    "$lab/$name" "$lab/$name" > "$folder/gres.conf"
  is_alive "$run/$name/slurmctld.pid" slurmctld || slurmctld -f "$SLURM_CONF" 9>&-
  wait_for $patience is_ctld_up
  for node in $(scontrol show hostnames "$(sed -n "/State=FUTURE/d; s/^NodeName=\\([^ ]*\\) .*/\\1/p" "$SLURM_CONF" | paste -sd,)"); do
    is_alive "$run/$name/slurmd.$node.pid" "slurmd .*-N $node" || slurmd -f "$SLURM_CONF" -N "$node" 9>&-
  done
  wait_for $patience are_nodes_up
  echo "$folder"
}

[ "$(id -u)" = 0 ] || fail "must be root"
exec 9> $lock
flock 9
moved_by=$(offset)
id "$user" > /dev/null 2>&1 || useradd --create-home --shell /bin/bash "$user"
make_accounts
for name in "$@"; do start "$name"; done
make_accounts "$user"
