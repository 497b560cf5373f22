"""All that is the local executor: tasks run as processes of the machine that runs Nextflow."""
