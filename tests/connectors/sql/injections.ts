/** Strings that break statements which are put together from text. */
export const injections: ReadonlyArray<string> = [
  "'", "''", "\"", "`", "\\", "\\'", "\\\\'", "';", "'; --", "' or '1'='1", "' or 1=1 --", "\" or \"\"=\"",
    "1; drop table t1", "'; drop table t1; --",
  "'; drop table t1 cascade; --", "1 or 1=1", "1) or (1=1", "1' order by 1 --", "' union select null --",
    "' union all select 1,2,3 --", "'/**/or/**/1=1/**/--",
  "#", "' #", "-- ", "/* */", "/*! drop table t1 */", "/*!50000 select 1 */", "%", "_", "%'", "[a-z]", "*", "?", "$1",
    "$$;select 1;$$", ":name", "@name", "@@version",
  "{{1}}", "${1}", "xp_cmdshell", "'; exec xp_cmdshell 'dir'; --", "'; waitfor delay '0:0:9' --", "' and sleep(9) --",
    "' || pg_sleep(9) --", "'; select pg_sleep(9); --",
  "null", "NULL", "true", "0x27", "char(39)", "unhex('27')", "\u02bc or 1=1", "\uff07 or 1=1",
    "Robert'); drop table students;--", "admin'--", "a\nb'", "a\r\n'; --",
  "\t'", "__proto__", "constructor", "') ; commit; drop table t1; --", "x' returning * --", "');delete from t1;--",
    "\u00a0'", "ä'ö\"ü`"
]
