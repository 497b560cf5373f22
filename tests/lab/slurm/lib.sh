# Where the lab is, and how its daemons are watched; read by start.sh and stop.sh.
# shellcheck shell=bash disable=SC2034

lab=/var/spool/slurm-lab
run=$lab/run
log=/var/log/slurm
conf=/etc/slurm
lock=/run/lock/slurm-lab.start
# of slurmctld, slurmdbd and the nodes, as in slurm.conf.in; all move by one offset where others listen on one of them
ports=(6817 6819 16818 16819 16820 16821 16822 16823)
# A start that takes longer has failed. No test waits that long where all is well.
patience=600
PATH=$PATH:/usr/sbin:/sbin

report() { echo "${0##*/}: $*" >&2; }
fail() { report "$@"; exit 1; }

# A zombie has no command line, while `kill -0` would call it alive. The name, because a number is used again.
is_running() { # PID NAME
  { tr '\0' ' ' < "/proc/$1/cmdline"; } 2> /dev/null | grep -q -- "$2"
}
is_alive() { # PIDFILE NAME
  [ -s "$1" ] && is_running "$(cat "$1")" "$2"
}

is_taken() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; } # PORT

# How far the ports are to be moved so that nothing listens on any of them: 0 if it can be, or what is given.
free_offset() { # OFFSET...
  local offset port
  for offset in "$@" 0 1000 2000 3000 4000 5000 6000 7000; do
    for port in "${ports[@]}"; do
      ! is_taken $((port + offset)) || continue 2
    done
    echo "$offset"
    return
  done
  fail "others listen on ports of the lab, wherever it is moved"
}

# The offset of the lab that runs, or was configured, and the one to begin with.
offset() {
  local port
  port=$(sed -n 's/^SlurmctldPort=//p' $conf/slurm.conf 2> /dev/null || true)
  if is_alive $run/slurmctld.pid slurmctld || is_alive $run/slurmdbd.pid slurmdbd; then
    echo $((${port:-${ports[0]}} - ports[0]))
  else
    free_offset $((${port:-${ports[0]}} - ports[0]))
  fi
}

# Text with the ports moved.
moved() { # OFFSET, the text on stdin
  local port words=()
  for port in "${ports[@]}"; do words+=(-e "s/\b$port\b/$((port + $1))/g"); done
  sed "${words[@]}"
}

# Tries a command until it succeeds.
wait_for() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@" > /dev/null 2>&1; do
    if [ "$SECONDS" -ge "$end" ]; then
      report "waited in vain for: $*"
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
        report "$2 ($pid) does not end by itself"
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

# A topology beside the lab.
end_topology() { # NAME
  local file
  for file in "$run/$1"/slurmd.*.pid; do end "$file" slurmd 15; done
  end "$run/$1/slurmctld.pid" slurmctld 30
}
