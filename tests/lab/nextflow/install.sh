#!/usr/bin/env bash
# Brings the jars of Nextflow (pom.xml) with Maven, unless they are there already.
#   NEXTFLOW_LIB  folder of the jars (default: lib/ next to this file)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lib=${NEXTFLOW_LIB:-$here/lib}
launcher=nextflow-25.04.4.jar
expected=57

jars() { find "$lib" -maxdepth 1 -name '*.jar' | wc -l; }
complete() { [ -f "$lib/$launcher" ] && [ "$(jars)" -eq "$expected" ]; }

mkdir -p "$lib"
lib=$(cd "$lib" && pwd)  # Maven would read a relative path from the folder of pom.xml
# The classes of one small run, read by every start to come: that takes a quarter off. Nothing depends on it.
keep_classes() {
  local room
  if [ -f "$lib/nextflow.jsa" ] || ! room=$(mktemp -d "$lib/.part.XXXXXX"); then return; fi
  printf '%s\n' 'process ONE {' '  cpus { task.attempt }' '  exec:' '  println task.cpus' '}' 'workflow { ONE() }' > "$room/main.nf"
  (cd "$room" && NEXTFLOW_LIB=$lib NEXTFLOW_KEEP=$room/nextflow.jsa NXF_HOME=$room/home NXF_PLUGINS_DEFAULT=false \
    "$here/nextflow" -q run main.nf > run.log 2>&1 && mv nextflow.jsa "$lib/") || cat "$room/run.log" >&2
  rm -rf "$room"
}

if complete; then
  keep_classes
  echo "Nextflow is there: $expected jars in $lib"
  exit 0
fi
if ! command -v mvn > /dev/null; then
  echo "install.sh: Maven (mvn) is needed to bring the jars of Nextflow" >&2
  exit 1
fi

# By way of a folder next to it: a copy that is cut short must not pass for a whole one the next time.
part=$(mktemp -d "$lib/.part.XXXXXX")
trap 'rm -rf "$part"' EXIT
mvn --quiet --batch-mode -Dstyle.color=never --file "$here/pom.xml" dependency:copy-dependencies \
  -DincludeScope=runtime -DoutputDirectory="$part"
mv "$part"/*.jar "$lib/"

if ! complete; then
  echo "install.sh: $(jars) jars in $lib, expected $expected with $launcher among them" >&2
  exit 1
fi
keep_classes
echo "Nextflow installed: $expected jars in $lib"
