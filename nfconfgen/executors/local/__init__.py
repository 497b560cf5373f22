"""The local executor: tasks run as processes on the machine that runs Nextflow."""
