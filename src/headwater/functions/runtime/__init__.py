"""What runs inside the function's process, in the function's own interpreter (3.8 and later).

These files are copied beside awslambdaric into the runtime directory (`functions/runtime_home.py`)
and never imported by the node. They know the Lambda Runtime API; they import nothing of headwater.
"""
