"""A CloudFormation stack of what a profile declares: its content, its template, and how it is deployed."""
