process MULTIQC {
    tag "${reads}"

    container "${ workflow.containerEngine == 'singularity' && !task.ext.pull ?
        'https://depot.example.org/multiqc:1' :
        "biocontainers/multiqc:1" }"

    input:
    path reads
    val title

    output:
    path '*.out'

    script:
    def args = task.ext.args ?: ''
    """
    multiqc ${args} --threads ${task.cpus} \\
        \$(ls | sed 's/^/"/') > x.out
    cat <<-END > versions.yml
    "${task.process}": { \$( multiqc --version )
    END
    """
}
