#!/bin/sh
# Prints what a Slurm cluster offers: its configuration, partitions, nodes and reservations, and from accounting the
# limits of QOS and accounts. Printed by nfconfgen NFCONFGEN_VERSION.
#
# Run it on a login node, as the user whose jobs are to run on the cluster:
#
#     sh collect.sh > site.facts
#
# or from another machine: ssh LOGIN bash -l < collect.sh > site.facts. Then: nfconfgen build --from site.facts
#
# It needs no more than a POSIX shell and Slurm's commands. It only reads: no file is written, no job is submitted, and
# nothing is sent anywhere. A command that fails is recorded, and the others go on.

export LC_ALL=C
unset SLURM_TIME_FORMAT SINFO_FORMAT
exec 3>&1

# It tells our own lines from what commands and logins print.
mark=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
mark=${mark:-$$}

# Runs a command between two lines that name it. The second has its exit code; its messages follow.
part() {
    name=$1
    shift
    echo "$mark begin $name"
    messages=$("$@" 2>&1 >&3 < /dev/null)
    code=$?
    echo
    echo "$mark end $name $code"
    if [ -n "$messages" ]; then
        printf '%s\n' "$messages" >&2
        printf '%s\n' "$messages" | sed "s/^/$mark message $name /"
    fi
    return "$code"
}

# Limits of accounting that may be used up. Slurm has a line for each user of each account: awk keeps those with such a
# limit, and ends with the exit code of scontrol, which is the last line.
used_up() {
    {
        scontrol -o show assoc_mgr flags=assoc,qos
        echo $?
    } | awk '/GrpTRESMins=[^ ]*=[0-9]|GrpWall=[0-9]/ { print } { last = $0 } END { exit last }'
}

me=$(id -un)
cluster=$(scontrol show config 2> /dev/null < /dev/null | sed -n 's/^ClusterName *= *//p')
account=$(sacctmgr -nP show user "$me" format=defaultaccount 2> /dev/null < /dev/null | sed 1q)
host=$(uname -n)

echo "nfconfgen-collected 1 $mark $(date -u +%Y-%m-%dT%H:%M:%SZ) QOS_FORMAT ASSOC_FORMAT"
part config scontrol show config
# -a: hidden partitions as well, which jobs may name
part partitions scontrol -a -o show partition
part nodes scontrol -a -o show node || part sinfo sinfo -a -h -N -o '%N|%P|%c|%m|%l|%f|%G|%a|%T'
part reservations scontrol -o show reservation
part qos sacctmgr -nP show qos format=QOS_FORMAT
part own sacctmgr -nP show assoc user="$me" format=ASSOC_FORMAT
part accounts sacctmgr -nP show assoc user= cluster="$cluster" format=ASSOC_FORMAT
part usage used_up
part user printf '%s|%s|%s\n' "$me" "$account" "$(id -Gn)"
part host printf '%s\n' "${host%%.*}"
