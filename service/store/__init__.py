"""PostgreSQL: the truth. Tables, reads (``queries``), writes with their audit (``changes``), and sealing."""
