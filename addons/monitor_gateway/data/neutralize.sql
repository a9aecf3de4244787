-- A copy of a database must not tell the world that the original is alive.
DELETE FROM ir_config_parameter WHERE key = 'monitor_gateway.deadman_url';

-- nor show what the original did
DELETE FROM monitor_deadman;
