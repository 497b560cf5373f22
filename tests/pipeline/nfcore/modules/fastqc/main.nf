process FASTQC {
    tag "${reads}"
    label 'process_single'
    container "${ workflow.containerEngine == 'singularity' && !task.ext.pull ?
        'https://depot.example.org/fastqc:1' :
        "biocontainers/fastqc:1" }"

    input:
    path reads

    output:
    path '*.out'

    script:
    def args = task.ext.args ?: ''
    """
    fastqc ${args} --threads ${task.cpus} \\
        \$(ls | sed 's/^/"/') > x.out
    cat <<-END > versions.yml
    "${task.process}": { \$( fastqc --version )
    END
    """
}
