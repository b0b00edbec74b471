"""Pure rules of the relationship: plain values in, plain values out, nothing read and nothing written."""
