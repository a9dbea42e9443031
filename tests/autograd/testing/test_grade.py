"""The grader names mistakes that were planted by hand (planted.py), and shows the smallest example."""
