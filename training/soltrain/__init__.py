"""Training of the Solferino factory networks: data, features, nets, baselines, evaluation, export."""
