"""Inference: gets the reply to each call: attempts, rate limit, journal, reply cache, budget, batch API."""
