#!/usr/bin/env bash
# A real Slurm on one Debian 12 machine, as root and without systemd: six nodes, accounts, QOS. What runs already is
# left running, what is missing is installed.
#   SLURM_LAB_PART_LIMITS  EnforcePartLimits: NO, ANY or ALL (default: as it is, at first NO as Slurm has it)
set -Eeuo pipefail
trap 'echo "${BASH_SOURCE[0]}: failed at line $LINENO" >&2' ERR

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/slurm/lib.sh
. "$here/lib.sh"

packages=(munge slurmctld slurmd slurm-client slurmdbd mariadb-server)
sick='disk is  bad = really'
socket=$run/mariadb/sock

check_machine() {
  [ "$(id -u)" = 0 ] || fail "must be root"
  case ${SLURM_LAB_PART_LIMITS:-NO} in
    NO | ANY | ALL) ;;
    *) fail "SLURM_LAB_PART_LIMITS is none of NO, ANY, ALL: $SLURM_LAB_PART_LIMITS" ;;
  esac
  if [ -e $conf/slurm.conf ] && ! grep -q "^StateSaveLocation=$lab/" $conf/slurm.conf; then
    fail "$conf/slurm.conf is not the lab's: this machine has its own Slurm"
  fi
}

missing_packages() {
  local known
  # It fails where it knows one of them not at all, and still reports the others.
  known=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" 2> /dev/null || true)
  comm -13 <(sed -n 's/^installed //p' <<< "$known" | sort) <(printf '%s\n' "${packages[@]}" | sort)
}

apt() {
  # A separate folder: where Docker's docker-clean is configured, any other apt-get empties the common one.
  apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dir::Cache::archives="$lab/apt" "$@"
}

install_packages() {
  local missing policy=/usr/sbin/policy-rc.d made=
  mapfile -t missing < <(missing_packages)
  [ ${#missing[@]} -gt 0 ] || return 0
  report "installing ${missing[*]}"
  mkdir -p $lab/apt/partial
  # 101: no package is to start its daemon.
  if [ ! -e $policy ]; then
    made=yes
    printf '#!/bin/sh\nexit 101\n' > $policy
    chmod 755 $policy
  fi
  export DEBIAN_FRONTEND=noninteractive
  {
    apt update
    # The second try is for what another apt-get spoils.
    apt install --no-install-recommends "${missing[@]}" ||
      { apt -f install && apt install --no-install-recommends "${missing[@]}"; }
  } > $lab/apt.log 2>&1 || { tail -n 20 $lab/apt.log >&2; fail "packages could not be installed"; }
  [ -z "$made" ] || rm -f $policy
  rm -rf $lab/apt
}

make_folders() {
  install -d -m 755 $lab $lab/ctld $lab/spool $lab/db $run $run/mariadb $log $conf
  chown mysql:mysql $lab/db $run/mariadb
}

# True if it differs from what is there.
update() { # FILE, its text on stdin
  cat > "$1.new"
  if cmp -s "$1.new" "$1"; then
    rm "$1.new"
    return 1
  fi
  mv "$1.new" "$1"
}

part_limits() { sed -n 's/^EnforcePartLimits=//p' $conf/slurm.conf 2> /dev/null || true; }

slurm_conf() { # EnforcePartLimits
  sed -e "s|@HOST@|$(hostname -s)|g" -e "s|@LAB@|$lab|g" -e "s|@LOG@|$log|g" -e "s|@PART_LIMITS@|$1|g" \
    "$here/slurm.conf.in" | moved "$moved_by"
}

gres_conf() {
  # By a mere Count slurmd registers no GPU, and the node is invalid. Any file will do for a device.
  touch $lab/gpu0 $lab/gpu1
  echo "NodeName=gpu1 Name=gpu Type=a100 File=$lab/gpu[0-1]"
}

configure() {
  local was
  was=$(part_limits)
  # In two steps: the limits alone can be read anew, for all else the daemons have to start again. Jobs survive it.
  ! slurm_conf "${was:-NO}" | update $conf/slurm.conf || rm -f $run/configured
  ! gres_conf | update $conf/gres.conf || rm -f $run/configured
  slurm_conf "${SLURM_LAB_PART_LIMITS:-${was:-NO}}" | update $conf/slurm.conf || true
}

is_munge_up() { munge -n | unmunge; }

start_munge() {
  ! is_munge_up > /dev/null 2>&1 || return 0
  install -d -o munge -g munge -m 755 /run/munge
  install -d -o munge -g munge -m 711 /var/lib/munge
  install -d -o munge -g munge -m 700 /etc/munge /var/log/munge
  if [ ! -s /etc/munge/munge.key ]; then
    head -c 1024 /dev/urandom > /etc/munge/munge.key
    chown munge:munge /etc/munge/munge.key
    chmod 400 /etc/munge/munge.key
  fi
  setpriv --reuid=munge --regid=munge --clear-groups munged --force 9>&-
  wait_for $patience is_munge_up
  cp /run/munge/munged.pid $run/munged.pid
}

sql() { mariadb --no-defaults --socket="$socket" -e "$1"; }

# A database of the lab's own, that no network reaches: the system's is left alone.
start_mariadb() {
  if [ ! -d $lab/db/mysql ]; then
    mariadb-install-db --no-defaults --user=mysql --datadir=$lab/db --skip-test-db \
      --auth-root-authentication-method=socket > $log/mariadb-install.log 2>&1
  fi
  if ! is_alive $run/mariadb/pid mariadbd; then
    setsid mariadbd --no-defaults --user=mysql --datadir=$lab/db --socket="$socket" --pid-file=$run/mariadb/pid \
      --skip-networking --innodb-buffer-pool-size=64M --innodb-lock-wait-timeout=900 \
      --innodb-flush-log-at-trx-commit=0 --log-error=$log/mariadb.log < /dev/null > /dev/null 2>&1 9>&- &
    wait_for $patience sql 'SELECT 1'
    sql "CREATE DATABASE IF NOT EXISTS slurm_acct_db;
      CREATE USER IF NOT EXISTS slurm@localhost IDENTIFIED BY 'slurm';
      GRANT ALL ON slurm_acct_db.* TO slurm@localhost;"
  fi
}

slurmdbd_conf() {
  cat << CONF
AuthType=auth/munge
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=$((6819 + moved_by))
SlurmUser=root
LogFile=$log/slurmdbd.log
PidFile=$run/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm_acct_db
CONF
}

start_slurmdbd() {
  # It only starts where no other user can read the password.
  (umask 077 && slurmdbd_conf | update $conf/slurmdbd.conf) || true
  # It has no setting for the socket, but its client library reads this.
  is_alive $run/slurmdbd.pid slurmdbd || MYSQL_UNIX_PORT=$socket slurmdbd 9>&-
  wait_for $patience sacctmgr -n show cluster
}

make_accounts() {
  # The copy goes where the database goes, so it shows what is in there.
  ! cmp -s "$here/accounts.sh" $lab/accounts.done || return 0
  bash "$here/accounts.sh" > $log/accounts.log 2>&1 || { tail -n 20 $log/accounts.log >&2; fail "no accounts"; }
  cp "$here/accounts.sh" $lab/accounts.done
}

# Not grep -q: it would break the pipe of who still writes.
is_slurmctld_up() { scontrol ping | grep UP; }

start_slurm() {
  local node
  [ -e $run/configured ] || end_slurm
  is_alive $run/slurmctld.pid slurmctld || slurmctld 9>&-
  wait_for $patience is_slurmctld_up
  for node in $(nodes); do
    is_alive "$run/slurmd.$node.pid" "slurmd -N $node" || slurmd -N "$node" 9>&-
  done
  touch $run/configured
}

nodes() { scontrol show hostnames "$(sed -n 's/^NodeName=\([^ ]*\) .*/\1/p' $conf/slurm.conf | paste -sd,)"; }

has_part_limits() { scontrol show config | grep "^EnforcePartLimits *= $(part_limits)\$"; }

apply_part_limits() {
  has_part_limits > /dev/null || scontrol reconfigure
  wait_for $patience has_part_limits
}

is_registered() { [ "$(sacctmgr -nP show cluster lab format=controlport)" = $((6817 + moved_by)) ]; }

# Where slurmdbd does not know slurmctld, it reports no change of accounts and QOS to it.
register() {
  is_registered || scontrol reconfigure
  wait_for $patience is_registered
}

# All nodes but the sick one take jobs. One that was drained is still so after its fault is fixed.
are_nodes_up() {
  local ill
  ill=$(sinfo -hN -o '%N %T' | sort -u |
    grep -vE '^sick1 | (idle|mixed|allocated|completing|planned)$' | cut -d' ' -f1)
  [ -n "$ill" ] || return 0
  scontrol update nodename="$(paste -sd, <<< "$ill")" state=resume || true
  return 1
}

drain_sick1() {
  [ "$(sinfo -h -n sick1 -p sick -o '%T %E')" = "drained $sick" ] ||
    scontrol update nodename=sick1 state=drain reason="$sick"
}

is_sick1_drained() { [ "$(sinfo -h -n sick1 -p sick -o %T)" = drained ]; }

check_machine
exec 9> $lock
flock 9
install_packages
make_folders
moved_by=$(offset)
configure
start_munge
start_mariadb
start_slurmdbd
make_accounts
start_slurm
apply_part_limits
register
wait_for $patience are_nodes_up
drain_sick1
wait_for $patience is_sick1_drained
report "up: $(nodes | paste -sd' '), EnforcePartLimits=$(part_limits)"
