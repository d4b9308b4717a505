rule eicar_test_file
{
    meta:
        description = "The harmless EICAR test file, by which we know that rules are run"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        score = 80
    strings:
        $head = "X5O!P%@AP[4\\PZX54(P^)7CC)7}"
        $tail = "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    condition:
        for any i in (1..#head) : ( $tail at @head[i] + 27 )
}

rule autoclave_canary_content
{
    meta:
        description = "The marker that every worker must find before and while it is trusted"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        severity = "info"
    strings:
        $marker = "autoclave canary f2a7c1 content"
    condition:
        $marker at 0 and filesize < 1KB
}

rule autoclave_canary_name
{
    meta:
        description = "The marker for rules that ask for the name"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        severity = "info"
    strings:
        $marker = "autoclave canary f2a7c1 content"
    condition:
        $marker at 0 and filesize < 1KB and filename == "canary.txt" and extension == ".txt"
}
