"""Reports: values in, text and pictures out; whole texts are compared with golden/."""
