#!/usr/bin/env bash
# Ends the lab and every job in it. --purge also removes its state, logs and configuration, but no package.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/slurm/lib.sh
. "$here/lib.sh"

no_job_runs() { [ -z "$(squeue -h -t running,completing)" ]; }

[ "$(id -u)" = 0 ] || fail "must be root"
exec 9> $lock
flock 9

shopt -s nullglob
if is_alive $run/slurmctld.pid slurmctld; then
  scancel --user=root || true
  wait_for 20 no_job_runs || true
fi
end_slurm
for folder in "$conf"/topologies/*; do end_topology "${folder##*/}"; done
end $run/slurmdbd.pid slurmdbd 15
end $run/mariadb/pid mariadbd 30
end $run/munged.pid munged 15  # only where start.sh made it
if [ "${1-}" = --purge ]; then
  rm -rf $lab $log/*.log $conf/slurm.conf $conf/gres.conf $conf/slurmdbd.conf $conf/topologies
fi
