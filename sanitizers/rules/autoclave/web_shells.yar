// Programs that run what a stranger sends to a web server. A text with a fenced code block is a
// document about them, so the fence keeps manuals and reports out.

rule web_shell_php_runs_request
{
    meta:
        description = "PHP that runs what comes with a web request"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        score = 85
    strings:
        $open_1 = "<?php" nocase
        $open_2 = "<?="
        $run = /\b(eval|assert|system|passthru|shell_exec|exec|popen|proc_open|create_function)\s{0,8}\(\s{0,8}(@?[a-z0-9_]{1,20}\s{0,4}\(\s{0,4}){0,3}@?\$_(GET|POST|REQUEST|COOKIE|SERVER)\s{0,4}\[/ nocase
        $fence = "```"
    condition:
        filesize < 512KB and any of ($open_*) and $run and not $fence
}

rule web_shell_php_runs_packed_text
{
    meta:
        description = "PHP that unpacks a long text and runs it"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        score = 75
    strings:
        $open = "<?php" nocase
        $run = /\b(eval|assert)\s{0,8}\(\s{0,8}@?(gzinflate|gzuncompress|gzdecode|str_rot13|base64_decode|strrev|hex2bin)\s{0,8}\(/ nocase
        $long = /["'][A-Za-z0-9+\/=]{300}/
    condition:
        filesize < 2MB and $open and $run and $long
}

rule web_shell_php_request_names_function
{
    meta:
        description = "PHP that calls a function whose name comes with a web request"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        score = 75
    strings:
        $open = "<?php" nocase
        $call = /\$_(GET|POST|REQUEST|COOKIE)\s{0,4}\[[^\]\n]{1,40}\]\s{0,4}\(\s{0,4}\$_(GET|POST|REQUEST|COOKIE)/ nocase
        $fence = "```"
    condition:
        filesize < 512KB and $open and $call and not $fence
}

rule web_shell_asp_runs_request
{
    meta:
        description = "ASP that runs what comes with a web request"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        score = 85
    strings:
        $open = "<%"
        $run_1 = /\b(eval|execute|executeglobal)\s{0,8}\(?\s{0,8}request\s{0,4}[.(\[]/ nocase
        $run_2 = /\beval\s{0,8}\(\s{0,8}request\.item\s{0,4}\[[^\n]{1,60}unsafe/ nocase
        $fence = "```"
    condition:
        filesize < 512KB and $open and any of ($run_*) and not $fence
}

rule web_shell_aspx_starts_process
{
    meta:
        description = "ASP.NET page that starts a command shell with words from the request"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        score = 75
    strings:
        $page = /<%@\s{0,8}(page|webhandler)\b/ nocase
        $start = "ProcessStartInfo" nocase
        $shell = "cmd.exe" nocase
        $request = /\bRequest\s{0,4}[.\[(]/
        $redirect = "RedirectStandardOutput" nocase
    condition:
        filesize < 512KB and all of them
}

rule web_shell_jsp_runs_request
{
    meta:
        description = "JSP that starts a process with words from the request"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        score = 80
    strings:
        $open = "<%"
        $exec_1 = "Runtime.getRuntime().exec(" nocase
        $exec_2 = "new ProcessBuilder(" nocase
        $request = "request.getParameter(" nocase
        $output = "getInputStream" nocase
        $fence = "```"
    condition:
        filesize < 512KB and $open and any of ($exec_*) and $request and $output and not $fence
}
