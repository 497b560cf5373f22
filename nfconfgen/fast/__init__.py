"""Whether outputs, profile, lock and tool are in step. What is imported first here imports next to nothing itself."""
