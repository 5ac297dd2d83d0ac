"""HTTP on sockets: connections, deadlines, bodies, error mapping and downloads."""
