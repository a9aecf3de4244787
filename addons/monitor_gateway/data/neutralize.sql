-- A copy of a database must not tell the world that the original is alive.
DELETE FROM ir_config_parameter WHERE key = 'monitor_gateway.deadman_url';

-- nor show what the original did
DELETE FROM monitor_deadman;

-- nor send its runs to the collector of the original.
DELETE FROM ir_config_parameter WHERE key IN
    ('monitor_gateway.export_enabled', 'monitor_gateway.export_headers');
DELETE FROM monitor_export;
