"""What other tools wrote (OpenAPI, Postman, HAR, cURL, Arazzo) -> drafts of probe files, and what became of each part.

Admission rule: a foreign tree in; drafts, texts and rows out. Nothing is executed, nothing is read from disk or asked
of the network (what lies beside a file comes through a port), and no value of a credential leaves this room.
"""
