"""The proof for people: who asks for what, who holds it, where each number comes from. Pure."""
