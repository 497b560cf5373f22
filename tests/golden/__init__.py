"""Texts that the repository shows of the program: the documents and the expected findings. One command writes them
anew after a change of wording: python -m tests.golden
"""
