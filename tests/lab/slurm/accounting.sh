# How accounts and QOS are made or set right; read by accounts.sh of the lab and of the topologies.
# shellcheck shell=bash disable=SC2034

names=() # of the QOS

# What is there already cannot be added, and that is no fault; what comes to nothing otherwise is found by the next.
add() { sacctmgr -i add "$@" || true; }
qos() { # NAME [LIMIT...]
  local name=$1
  shift
  add qos "$name"
  [ $# -eq 0 ] || sacctmgr -i modify qos "$name" set "$@"
  names+=("$name")
}
