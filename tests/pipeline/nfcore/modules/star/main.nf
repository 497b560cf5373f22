process STAR_ALIGN {
    tag "${reads}"
    label 'process_high'
    label "process_long"
    container "${ workflow.containerEngine == 'singularity' && !task.ext.pull ?
        'https://depot.example.org/star:1' :
        "biocontainers/star:1" }"

    input:
    path reads

    output:
    path '*.out'

    script:
    def args = task.ext.args ?: ''
    """
    star ${args} --threads ${task.cpus} \\
        \$(ls | sed 's/^/"/') > x.out
    cat <<-END > versions.yml
    "${task.process}": { \$( star --version )
    END
    """
}
