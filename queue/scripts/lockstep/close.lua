-- Nothing more comes of a group; the first reason stands.
-- ARGV: group, why
-- Answers: ok
close_group(ARGV[1], ARGV[2])
return { 'ok' }
