// Command lines and scripts that fetch a program and run it, or that sabotage recovery.

rule powershell_encoded_command
{
    meta:
        description = "PowerShell started with a long encoded command"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        score = 75
    strings:
        $run = /powershell(\.exe)?["']?\s[^\n]{0,160}-e(c|n|nc|ncodedcommand)?\s{1,4}["']?[A-Za-z0-9+\/]{80}/ ascii wide nocase
    condition:
        filesize < 5MB and $run
}

rule powershell_download_and_run
{
    meta:
        description = "PowerShell that runs what it downloads"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        score = 75
    strings:
        $before = /\b(iex|invoke-expression)\b[^\n]{0,80}\.download(string|data)\s{0,4}\(\s{0,4}["']https?:/ ascii wide nocase
        $after = /\.download(string|data)\s{0,4}\(\s{0,4}["']https?:[^\n]{0,200}\|\s{0,4}(iex|invoke-expression)\b/ ascii wide nocase
        $web = /\b(iex|invoke-expression)\b[^\n]{0,40}\b(iwr|irm|invoke-webrequest|invoke-restmethod)\s[^\n]{0,80}https?:/ ascii wide nocase
        $fence = "```"
    condition:
        filesize < 1MB and any of ($before, $after, $web) and not $fence
}

rule mshta_runs_remote_or_inline
{
    meta:
        description = "mshta started with an address or an inline script"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        score = 75
    strings:
        $run = /\bmshta(\.exe)?["']?\s{1,4}["']?(https?:\/\/|javascript:|vbscript:)/ ascii wide nocase
        $fence = "```"
    condition:
        filesize < 1MB and $run and not $fence
}

rule certutil_downloads
{
    meta:
        description = "certutil used to download"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        score = 75
    strings:
        $run = /\bcertutil(\.exe)?["']?\s[^\n]{0,80}[-\/]urlcache\s[^\n]{0,80}https?:\/\// ascii wide nocase
        $fence = "```"
    condition:
        filesize < 1MB and $run and not $fence
}

rule bitsadmin_downloads
{
    meta:
        description = "bitsadmin used to download"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        score = 70
    strings:
        $run = /\bbitsadmin(\.exe)?["']?\s[^\n]{0,80}\/transfer\s[^\n]{0,120}https?:\/\// ascii wide nocase
        $fence = "```"
    condition:
        filesize < 1MB and $run and not $fence
}

rule regsvr32_runs_remote_scriptlet
{
    meta:
        description = "regsvr32 made to run a scriptlet from an address"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        score = 80
    strings:
        $run = /\bregsvr32(\.exe)?["']?\s[^\n]{0,80}\/i:\s{0,4}["']?https?:[^\n]{0,200}scrobj/ ascii wide nocase
        $fence = "```"
    condition:
        filesize < 1MB and $run and not $fence
}

rule rundll32_runs_script
{
    meta:
        description = "rundll32 made to run a script"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        score = 80
    strings:
        $run = /\brundll32(\.exe)?["']?\s{1,4}["']?javascript:/ ascii wide nocase
        $fence = "```"
    condition:
        filesize < 1MB and $run and not $fence
}

rule script_host_downloads_and_runs
{
    meta:
        description = "A Windows script that downloads a file, saves it and starts it"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        score = 80
    strings:
        $shell = "WScript.Shell" ascii wide nocase
        $fetch_1 = "MSXML2.XMLHTTP" ascii wide nocase
        $fetch_2 = "MSXML2.ServerXMLHTTP" ascii wide nocase
        $fetch_3 = "WinHttp.WinHttpRequest" ascii wide nocase
        $fetch_4 = "Microsoft.XMLHTTP" ascii wide nocase
        $save_1 = "ADODB.Stream" ascii wide nocase
        $save_2 = ".SaveToFile" ascii wide nocase
        $run_1 = /\.run[\s(]/ ascii wide nocase
        $run_2 = /\.exec[\s(]/ ascii wide nocase
        $fence = "```"
    condition:
        filesize < 1MB and $shell and any of ($fetch_*) and any of ($save_*) and
        any of ($run_*) and not $fence
}

rule shell_connects_back
{
    meta:
        description = "A shell script that hands its shell to a remote address"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        score = 80
    strings:
        $bash = /\b(ba)?sh\s{1,4}-i\s{0,4}[0-9]?>&\s{0,4}\/dev\/tcp\// ascii nocase
        $netcat = /\bnc(at)?\s[^\n]{0,60}-e\s{1,4}(\/bin\/(ba)?sh|cmd(\.exe)?)\b/ ascii nocase
        $fence = "```"
    condition:
        filesize < 256KB and any of ($bash, $netcat) and not $fence
}

rule shell_pipes_download_into_shell_in_cron
{
    meta:
        description = "A scheduled line that downloads a script and runs it"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        score = 70
    strings:
        $line = /\*(\/[0-9]{1,2})?\s\*\s\*\s\*\s\*\s[^\n]{0,40}\b(curl|wget)\s[^\n]{0,120}https?:[^\n]{0,120}\|\s{0,4}(ba)?sh\b/ ascii
    condition:
        filesize < 256KB and $line
}

rule recovery_sabotage
{
    meta:
        description = "Commands that delete shadow copies and backups, as ransomware does first"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        score = 75
    strings:
        $shadow_1 = /\bvssadmin(\.exe)?["']?\s{1,4}delete\s{1,4}shadows/ ascii wide nocase
        $shadow_2 = /\bwmic(\.exe)?["']?\s{1,4}shadowcopy\s{1,4}delete/ ascii wide nocase
        $shadow_3 = /win32_shadowcopy[^\n]{0,80}\bdelete\b/ ascii wide nocase
        $backup_1 = /\bwbadmin(\.exe)?["']?\s{1,4}delete\s{1,4}(catalog|systemstatebackup|backup)/ ascii wide nocase
        $backup_2 = /\bbcdedit(\.exe)?["']?\s[^\n]{0,60}recoveryenabled\s{1,4}no\b/ ascii wide nocase
        $backup_3 = /\bbcdedit(\.exe)?["']?\s[^\n]{0,60}bootstatuspolicy\s{1,4}ignoreallfailures/ ascii wide nocase
        $log = /\bwevtutil(\.exe)?["']?\s{1,4}(cl|clear-log)\s{1,4}(system|security|application)/ ascii wide nocase
        $fence = "```"
    condition:
        filesize < 1MB and 2 of ($shadow_*, $backup_*, $log) and not $fence
}
