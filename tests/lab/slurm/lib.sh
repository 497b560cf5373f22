# Where the lab is, and how its daemons are watched; read by start.sh and stop.sh.
# shellcheck shell=bash disable=SC2034

lab=/var/spool/slurm-lab
run=$lab/run
log=/var/log/slurm
conf=/etc/slurm
lock=/run/lock/slurm-lab.start
PATH=$PATH:/usr/sbin:/sbin

say() { echo "${0##*/}: $*" >&2; }
fail() { say "$@"; exit 1; }

# A zombie has no command line, while `kill -0` would call it alive. The name, because a number is used again.
is_running() { # PID NAME
  { tr '\0' ' ' < "/proc/$1/cmdline"; } 2> /dev/null | grep -q -- "$2"
}
is_alive() { # PIDFILE NAME
  [ -s "$1" ] && is_running "$(cat "$1")" "$2"
}

# Tries a command until it succeeds.
wait_for() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@" > /dev/null 2>&1; do
    if [ "$SECONDS" -ge "$end" ]; then
      say "waited in vain for: $*"
      "$@" >&2 || true
      return 1
    fi
    sleep 0.1
  done
}

# Ends the daemon of a pid file, by force if it must be.
end() { # PIDFILE NAME SECONDS
  local pid deadline=$((SECONDS + $3))
  if is_alive "$1" "$2"; then
    pid=$(cat "$1")
    kill "$pid"
    while is_running "$pid" "$2"; do
      if [ "$SECONDS" -ge "$deadline" ]; then
        say "$2 ($pid) does not end by itself"
        kill -9 "$pid"
        break
      fi
      sleep 0.1
    done
  fi
  rm -f "$1"
}

end_slurm() {
  local file
  for file in "$run"/slurmd.*.pid; do end "$file" slurmd 15; done
  end "$run/slurmctld.pid" slurmctld 30
}
