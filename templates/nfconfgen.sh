# shellcheck shell=bash
# The functions that the scripts in this folder share. It holds no value of any profile.
#
# A script sets `here` (this folder) and `script` (its own file name), sources this file, and defines usage, which
# prints the help. A script with options of its own defines site_option, too. Then it calls read_options and goes
# through its steps, with these variables:
#
#   dry_run   true if nothing may be run
#   run_name  the name of the run, by which Nextflow's log knows it from others in the same folder
#   more      the words of the command line that are passed on to nextflow run
#   params    the words that pass the params file of the profile on, set by choose_params
#   results   the folder or address that the results go to, set by choose_results; may be empty
#   run_code  the exit code of Nextflow, set by run_nextflow

if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)); then
    echo "error: bash $BASH_VERSION is too old: 4.4 or newer is needed" >&2
    exit 2
fi

: "${here:?}" "${script:?}"
dry_run=false
more=()
params=()
results=''

# ---- Messages and commands -----------------------------------------------------------------------

# say WORD...: prints a line for the user. Results alone go to stdout.
say() { printf '%s\n' "$*" >&2; }

# fail WORD...: prints why the script cannot go on, and ends it.
fail() {
    say "error: $*"
    exit 2
}

# show COMMAND...: prints a command so that it can be pasted into a shell.
show() { { printf '+' && printf ' %q' "$@" && printf '\n'; } >&2; }

# run COMMAND...: shows a command, and runs it unless this is a dry run.
run() {
    show "$@"
    if [ "$dry_run" = false ]; then "$@"; fi
}

# need COMMAND ADVICE: fails if the command is not installed.
need() { command -v "$1" >/dev/null 2>&1 || fail "$1 is not on the PATH: $2"; }

# ---- Options -------------------------------------------------------------------------------------

# site_option WORD: takes an option that only some scripts have, or returns 1. Scripts replace this function.
site_option() { return 1; }

# the params file that the command line names
own_params=''

# read_options WORD...: reads the command line. Sets dry_run, run_name, more and own_params.
read_options() {
    printf -v run_name '%s-%(%Y%m%d-%H%M%S)T-%d' "${script%%-*}" -1 "$$"
    while [ $# -gt 0 ]; do
        case $1 in
            -h | --help)
                usage
                exit 0
                ;;
            --dry-run) dry_run=true ;;
            -name)
                [ $# -gt 1 ] || fail "-name needs a name"
                run_name=$2
                shift
                ;;
            -params-file)
                [ $# -gt 1 ] || fail "-params-file needs a file"
                own_params=$2
                more+=("$1" "$2")
                shift
                ;;
            -bg) fail "-bg: the script could not see how Nextflow ends; start the script itself with nohup" ;;
            *) site_option "$1" || more+=("$1") ;;
        esac
        shift
    done
}

# choose_params FILE: sets params: Nextflow reads this file of the folder, unless the command line names another one.
# In a file params keep their types; on its command line Nextflow 26.04 takes all of them for texts.
choose_params() {
    if [ -z "$own_params" ]; then
        params=(-params-file "$here/$1")
    else
        say "$own_params replaces $here/$1: Nextflow reads one -params-file"
    fi
}

# choose_results PARAM FOLDER: sets results to FOLDER, or to the value that the command line gives this param.
choose_results() {
    local number
    results=$2
    for ((number = 0; number < ${#more[@]}; number++)); do
        case ${more[number]} in
            "--$1="*) results=${more[number]#*=} ;;
            "--$1") results=${more[number + 1]-} ;;
        esac
    done
}

# ---- Checks --------------------------------------------------------------------------------------

# check_nextflow OLDEST: fails if Nextflow is missing or older than this version.
check_nextflow() {
    local oldest=$1 found
    need nextflow "see https://www.nextflow.io/docs/latest/install.html"
    found=$(nextflow -version 2>/dev/null | sed -n 's/.*version \([0-9][0-9.]*\).*/\1/p' | sed -n 1p) ||
        fail "nextflow -version fails"
    [ -n "$found" ] || fail "nextflow -version prints no version"
    [ "$(printf '%s\n' "$oldest" "$found" | sort -V | sed -n 1p)" = "$oldest" ] ||
        fail "Nextflow $found is too old: $oldest or newer is needed"
}

# check_work_dir FOLDER: creates the work directory, and fails if it cannot be written to.
check_work_dir() {
    mkdir -p "$1" || fail "the work directory $1 cannot be created"
    [ -w "$1" ] || fail "the work directory $1 cannot be written to"
}

# ---- Running Nextflow ----------------------------------------------------------------------------

nextflow_pid=''
interrupted=''

# run_nextflow WORD...: runs Nextflow with these words, and sets run_code. Nextflow runs in the background, because
# bash handles no signal while it waits for a command in the foreground.
run_nextflow() {
    run_code=0
    show nextflow "$@"
    [ "$dry_run" = false ] || return 0
    trap 'pass_on 2' INT
    trap 'pass_on 15' TERM
    trap 'pass_on 1' HUP
    # In the background bash lets a command ignore Ctrl-C and gives it no input: undo both.
    (trap - INT && exec nextflow "$@") <&0 &
    nextflow_pid=$!
    [ -z "$interrupted" ] || pass_on "$interrupted"
    while true; do
        run_code=0
        wait "$nextflow_pid" || run_code=$?
        # A signal ends wait as well, while Nextflow still runs.
        kill -0 "$nextflow_pid" 2>/dev/null || break
    done
    trap - INT TERM HUP
    if [ -n "$interrupted" ] && [ "$run_code" -ne 0 ]; then run_code=$((128 + interrupted)); fi
}

# pass_on SIGNAL: asks Nextflow to end. Always with TERM: a Ctrl-C reaches it anyway, and then it ignores the TERM.
pass_on() {
    interrupted=$1
    [ -z "$nextflow_pid" ] || kill -TERM "$nextflow_pid" 2>/dev/null || true
}

# session RUN: prints the id by which Nextflow can resume this run; nothing if the run never began.
session() {
    local name id history=${NXF_CACHE_DIR:-.nextflow}/history
    [ -r "$history" ] || return 0
    while IFS=$'\t' read -r _ _ name _ _ id _; do
        if [ "$name" = "$1" ]; then printf '%s' "$id" && return 0; fi
    done <"$history"
}

# what Nextflow's launcher takes for the session that -resume names
session_id='[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{8}'

# without_resume: sets rest to the words of more without -resume and its session.
without_resume() {
    local number=0 word
    rest=()
    while [ "$number" -lt ${#more[@]} ]; do
        word=${more[number]}
        number=$((number + 1))
        if [ "$word" != -resume ]; then
            rest+=("$word")
        elif [[ ${more[number]-} =~ ^last$|$session_id ]]; then
            number=$((number + 1))
        fi
    done
}

# ---- The report at the end -----------------------------------------------------------------------

run_log=${NXF_LOG_FILE:-.nextflow.log}

# report_end: prints where the results are, or what failed and how to resume the run.
report_end() {
    local found
    [ "$dry_run" = false ] || return 0
    found=$(session "$run_name")
    failed=() again=0 ignored=0
    case $run_code in
        0)
            [ -z "$found" ] || read_failures
            say "$run_name ended well"
            report_count "$again" "failed and ended well when run again"
            report_count "$((ignored + ${#failed[@]}))" "failed and did not matter to the pipeline"
            report_results
            ;;
        129 | 130 | 143)
            say "$run_name was interrupted"
            [ -z "$found" ] || report_resume "$found"
            ;;
        *)
            [ -z "$found" ] || read_failures
            say "$run_name failed: exit code $run_code of Nextflow"
            report_failed
            report_count "$again" "failed and were run again"
            [ -z "$found" ] || report_resume "$found"
            ;;
    esac
}

# read_failures: reads the failed tasks of the run. Sets failed (the fields of each task that failed for good, with US
# between them), and the numbers again and ignored.
read_failures() {
    local name status code attempt action folder record records=()
    local -A last=()
    while IFS=$'\x1f' read -r name status code attempt action folder; do
        [[ -n $name && -n $folder && $attempt =~ ^[0-9]+$ ]] || continue
        if [ "${last[$name]:-0}" -lt "$attempt" ]; then last[$name]=$attempt; fi
        if [ "$status" = FAILED ]; then
            records+=("$name"$'\x1f'"$code"$'\x1f'"$attempt"$'\x1f'"$action"$'\x1f'"$folder")
        fi
    done < <(nextflow log "$run_name" -s '\u001f' -f name,status,exit,attempt,error_action,workdir \
        -F "status == 'FAILED' || attempt > 1" 2>/dev/null)
    for record in "${records[@]}"; do
        IFS=$'\x1f' read -r name code attempt action folder <<<"$record"
        if [ "$action" = IGNORE ]; then
            ignored=$((ignored + 1))
        elif [ "${last[$name]}" -gt "$attempt" ]; then
            again=$((again + 1))
        else
            failed+=("$record")
        fi
    done
}

# report_count NUMBER WHAT: prints "1 task WHAT" or "2 tasks WHAT"; nothing if there is none.
report_count() {
    case $1 in
        0) ;;
        1) say "1 task $2" ;;
        *) say "$1 tasks $2" ;;
    esac
}

# report_failed: prints each task in failed, with its cause and the last lines of its output.
report_failed() {
    local name code attempt folder record advice shown=0
    if [ ${#failed[@]} -eq 0 ]; then
        report_unsubmitted
        return 0
    fi
    say "what failed:"
    for record in "${failed[@]}"; do
        shown=$((shown + 1))
        if [ "$shown" -gt 20 ]; then
            say "  and $((${#failed[@]} - 20)) more:" \
                "nextflow log $run_name -f name,exit,workdir -F \"status == 'FAILED'\""
            break
        fi
        IFS=$'\x1f' read -r name code attempt _ folder <<<"$record"
        advice=''
        case $code in
            '' | - | 2147483647) explain_no_status "$(reason_of "$folder")" ;;
            *) code="exit status $code" ;;
        esac
        say "  $name, attempt $attempt: $code"
        say "    $folder"
        [ -z "$advice" ] || say "    $advice"
        report_output "$folder"
    done
}

# report_unsubmitted: prints why a task was not submitted. Nextflow keeps no record of such a task, but logs it.
report_unsubmitted() {
    local code advice=''
    grep -q -F -e "$run_name" -- "$run_log" 2>/dev/null || return 0
    explain_no_status "$(reason_of '')"
    case $code in
        *'it was not submitted'*) say "what failed: a task, ${code#no exit status: }" && say "    $advice" ;;
    esac
}

# reason_of FOLDER: prints why the task in this folder failed, as Nextflow logs it; of '', why the last one did.
reason_of() {
    { grep -F -A 1 -e "; work-dir=$1" -- "$run_log" 2>/dev/null || true; } |
        sed -n 's/^  error \[[^]]*]: //p' | tail -n 1 | tr -d '[:cntrl:]' | cut -c 1-300
}

# explain_no_status REASON: sets code to what happened to a task that has no exit status, and advice if resuming the
# run would only end the same way.
explain_no_status() {
    code="no exit status: lost with its machine, or ended from outside"
    case $1 in
        *MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT* | *MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE*)
            code="no exit status: no machine was found for it"
            advice="ask for less or for larger machines;"
            advice+=" if one is large enough (nfconfgen doctor), set unschedulable: wait"
            ;;
        *CannotPull*Container*)
            code="no exit status: its image could not be pulled"
            advice="check that the image exists, and that machines and execution role have access to its registry"
            ;;
        'Failed to submit '* | 'Error submitting '*)
            code="no exit status: it was not submitted"
            advice="check that queue and job definition exist and accept the task:"
            advice+=" nfconfgen doctor, or the scheduler's message"
            ;;
    esac
    case $1 in
        '' | *'terminated for an unknown reason'*) ;;
        *) code="$code: $1" ;;
    esac
}

# report_output FOLDER: prints the last lines of what the task in this folder wrote.
report_output() {
    local text='' name
    for name in .command.err .command.log; do
        case $1 in
            s3://*) text=$(aws s3 cp --quiet "$1/$name" - 2>/dev/null | last_lines) || true ;;
            *) text=$(last_lines 2>/dev/null <"$1/$name") || true ;;
        esac
        if [ -n "$text" ]; then break; fi
    done
    [ -z "$text" ] || say "$text"
}

# last_lines: prints the last lines of stdin, indented.
last_lines() { tail -c 20000 | tr '\r' '\n' | tail -n 5 | cut -c 1-300 | sed 's/^/      | /'; }

# options that the command to resume the run needs as well
resume_options=()

# report_resume SESSION: prints the command that resumes the run, from any folder.
report_resume() {
    local words=("$here/$script")
    without_resume
    words+=("${resume_options[@]}" "${rest[@]}" -resume "$1")
    say "to go on where it stopped, when the cause is gone:"
    { printf '  cd %q &&' "$PWD" && printf ' %q' "${words[@]}" && printf '\n'; } >&2
}

# report_results: lists the folder of the results; prints no more than an address.
report_results() {
    local entry entries name shown=0
    case $results in
        '') return 0 ;;
        *://*)
            say "results: $results"
            return 0
            ;;
    esac
    if [ ! -d "$results" ]; then
        say "results: nothing is there: $results"
        return 0
    fi
    shopt -s nullglob
    entries=("${results%/}"/*)
    shopt -u nullglob
    say "results: ${#entries[@]} in $results"
    for entry in "${entries[@]}"; do
        shown=$((shown + 1))
        if [ "$shown" -gt 20 ]; then
            say "          and $((${#entries[@]} - 20)) more"
            break
        fi
        name=${entry##*/}
        if [ -d "$entry" ]; then name=$name/; fi
        # Links are followed, as Nextflow may publish links into the work directory.
        printf '  %6s  %s\n' "$(du -shL --apparent-size -- "$entry" 2>/dev/null | cut -f 1)" "$name" >&2
    done
}

# ---- Images --------------------------------------------------------------------------------------

# pull_images ENGINE CACHE_DIR IMAGE...: pulls images with Singularity or Apptainer into Nextflow's cache folder.
pull_images() {
    local image
    for image in "${@:3}"; do pull_image "$1" "$2" "$image"; done
}

# pull_inspected ENGINE CACHE_DIR WORD...: pulls the images that nextflow inspect, called with these words, finds in
# the pipeline without running it.
pull_inspected() {
    local image images word words
    words=(nextflow inspect -format config -c "$here/../conf/profiles.config" "${@:3}" "${params[@]}")
    if [ -n "$own_params" ]; then words+=(-params-file "$own_params"); fi
    for word in "${more[@]}"; do
        case $word in --*=*) words+=("$word") ;; esac
    done
    if ! images=$(run "${words[@]}"); then
        say "Nextflow cannot list the images in advance: each is pulled when the first task needs it"
        return 0
    fi
    while IFS= read -r image; do
        pull_image "$1" "$2" "$image" </dev/null
    done < <(sed -n "s/.* { container = '\(.*\)' } }\$/\1/p" <<<"$images" | sort -u)
}

# pull_image ENGINE CACHE_DIR IMAGE: pulls one image unless it is there. Nextflow takes any file of the right name for
# a complete image, so the file gets this name last.
pull_image() {
    local engine=$1 cache_dir=$2 image=$3 file part
    case $image in
        /* | file://*) return 0 ;;
        *://*) ;;
        *) image=docker://$image ;;
    esac
    file=$(image_file "$image")
    part=.$file.pulling.$$
    if [ -e "$cache_dir/$file" ]; then
        say "there already: $cache_dir/$file"
        return 0
    fi
    [ "$dry_run" = true ] || need "$engine" "it pulls the images"
    run mkdir -p "$cache_dir"
    # ENGINE_PULLFOLDER would lead the image elsewhere.
    if ! (run cd "$cache_dir" && run env -u "${engine^^}_PULLFOLDER" "$engine" pull --name "$part" "$image"); then
        rm -f "$cache_dir/$part"
        fail "$image cannot be pulled into $cache_dir"
    fi
    run mv -f "$cache_dir/$part" "$cache_dir/$file"
}

# image_file IMAGE: prints the name under which Nextflow looks for an image in its cache folder.
image_file() {
    local name=${1#*://} extension=.img
    case $name in
        *.sif:*) extension=.sif name=${name//.sif:/-} ;;
        *.sif) extension=.sif name=${name%.sif} ;;
    esac
    name=${name//:/-}
    printf '%s' "${name//\//-}$extension"
}

# ---- Slurm ---------------------------------------------------------------------------------------

# require_account VARIABLE: fails if this environment variable names no account.
require_account() {
    [ -n "${!1:-}" ] || [ "$dry_run" = true ] ||
        fail "$1 is not set: it names the Slurm account to charge, as in export $1=ACCOUNT"
}

# charge_account VARIABLE [ACCOUNT]: has sbatch charge the account that this environment variable names, else ACCOUNT.
charge_account() {
    local account=${!1:-${2-}}
    if [ -n "$account" ]; then export SBATCH_ACCOUNT="$account"; fi
}

# protect_tasks VARIABLE...: unsets what would change the jobs of the tasks if it reached them, such as the variables
# of a job that this script runs in. SBATCH_* override what Nextflow writes into the script of a task. SLURM_* that the
# request of a task does not set stay in its environment, where srun and others use them. (Seen with Slurm 22.05.)
protect_tasks() {
    unset SBATCH_TIMELIMIT SBATCH_MEM_PER_NODE SBATCH_MEM_PER_CPU SBATCH_MEM_PER_GPU SBATCH_JOB_NAME SBATCH_REQUEUE \
        SBATCH_EXCLUSIVE SBATCH_OVERCOMMIT SBATCH_HINT SBATCH_THREADS_PER_CORE SBATCH_GPUS SBATCH_GRES \
        SLURM_CPUS_PER_TASK SLURM_TRES_PER_TASK SLURM_MEM_PER_NODE SLURM_MEM_PER_CPU SLURM_MEM_PER_GPU \
        SLURM_NTASKS SLURM_NPROCS SLURM_NTASKS_PER_NODE SLURM_THREADS_PER_CORE SLURM_HINT SLURM_DISTRIBUTION \
        SLURM_OPEN_MODE SLURM_EXPORT_ENV SLURM_RESTART_COUNT "$@"
}

# submit_head OPTION...: submits this script as a job with these options of sbatch, and prints the job's id on stdout.
submit_head() {
    local id output=${script%.sh}-%j.out
    id=$(run sbatch --parsable "$@" --output="$output" \
        "$here/$script" --in-job "$here" "$run_name" "${more[@]}") || fail "sbatch does not accept the job"
    [ "$dry_run" = false ] || return 0
    id=${id%%;*}
    output=${output/\%j/$id}
    say "job $id runs Nextflow"
    say "  output: $PWD/$output"
    say "  watch:  squeue -j $id; tail -F $output"
    say "  cancel: scancel $id (cancels its tasks, too)"
    printf '%s\n' "$id"
}

# continue_in_job RUN HEAP: goes on in the job that submit_head submitted. The run gets the name RUN, and Java the
# option HEAP. If Slurm has requeued the job, Nextflow resumes the run.
continue_in_job() {
    run_name=$1
    resume_options=(--submit)
    # Java takes a quarter of the node's memory for its heap where it does not see the memory limit of the job.
    export NXF_OPTS=${NXF_OPTS:-$2}
    if [ "${SLURM_RESTART_COUNT:-0}" -gt 0 ]; then resume_requeued "$SLURM_RESTART_COUNT"; fi
}

# resume_requeued COUNT: gives the run another name each time that the job is requeued, and has Nextflow resume the
# latest of the runs before, if one began.
resume_requeued() {
    local first=$run_name before found=''
    run_name=$first-r$1
    for ((before = $1 - 1; before > 0; before--)); do
        found=$(session "$first-r$before")
        if [ -n "$found" ]; then break; fi
    done
    [ -n "$found" ] || found=$(session "$first")
    [ -n "$found" ] || return 0
    say "requeued: Nextflow goes on where it stopped"
    without_resume
    more=("${rest[@]}" -resume "$found")
}

# ---- AWS Batch -----------------------------------------------------------------------------------

# need_aws: fails if the AWS CLI is not installed.
need_aws() { need aws "see https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"; }

# check_credentials REGION: fails if there are no valid AWS credentials.
check_credentials() {
    aws sts get-caller-identity --region "$1" >/dev/null ||
        fail "no valid AWS credentials: log in, as with aws sso login"
}

# check_bucket REGION BUCKET WORK_DIR: fails if the bucket of the work directory cannot be reached.
check_bucket() {
    aws s3api head-bucket --region "$1" --bucket "$2" >/dev/null ||
        fail "the bucket of the work directory cannot be reached: $3"
}

# check_token: fails if Nextflow finds no token of Seqera Platform in the environment or in a config that it reads.
check_token() {
    local file
    [ -z "${TOWER_ACCESS_TOKEN:-}" ] || return 0
    for file in "${NXF_HOME:-${HOME:-}/.nextflow}"/{config,seqera-auth.config} nextflow.config "${more[@]}"; do
        if [ -f "$file" ] && grep -q accessToken -- "$file"; then return 0; fi
    done
    fail "TOWER_ACCESS_TOKEN is not set, and without it every task of a run with Fusion fails:" \
        "make a token at https://cloud.seqera.io/tokens, and export it"
}

# check_definition REGION NAME HASH IMAGE: fails if this job definition is not registered.
check_definition() {
    registered "$@" || fail "job definition $2 is not registered: run $here/register-job-definitions.sh first"
}

# registered REGION NAME HASH IMAGE: returns 0 if this job definition is registered. Jobs use the newest revision of a
# name; if that is another definition, it is neither used nor replaced. The image is compared as well, because a copy
# that was edited by hand keeps the hash.
registered() {
    local newest revision properties='parameters."nfconfgen-sha256", containerProperties.image'
    newest=$(aws batch describe-job-definitions --region "$1" --status ACTIVE --job-definition-name "$2" \
        --query "max_by(jobDefinitions, &revision).[revision, $properties]" \
        --output json | tr -d ' \n') ||
        fail "AWS Batch does not answer for $2: are the AWS credentials valid, as for aws sts get-caller-identity?"
    case $newest in
        "" | null) return 1 ;;
        *",\"$3\",\"$4\"]") return 0 ;;
    esac
    revision=${newest#[}
    revision=${revision%%,*}
    fail "job definition $2:$revision in $1 is not what nfconfgen registers under this name, and jobs would use it:" \
        "if nothing else needs it, aws batch deregister-job-definition --region $1 --job-definition $2:$revision"
}

# register REGION NAME HASH IMAGE: registers a job definition unless it is registered.
register() {
    if [ "$dry_run" = false ] && registered "$@"; then
        say "$2: registered already"
    else
        run aws batch register-job-definition --region "$1" --cli-input-json "file://job-definitions/$2.json" \
            --query '[jobDefinitionName, revision]' --output text || fail "$2 cannot be registered"
    fi
}

# register_definitions: runs the script that registers all job definitions.
register_definitions() {
    if [ "$dry_run" = true ]; then
        "$here/register-job-definitions.sh" --dry-run
    else
        "$here/register-job-definitions.sh"
    fi
}

# The scripts compare this number with theirs. It stands last, so that a file that was cut off does not have it.
# shellcheck disable=SC2034
nfconfgen_interface=1
