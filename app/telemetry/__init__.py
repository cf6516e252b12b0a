"""What is known of a request, and how log lines look."""
