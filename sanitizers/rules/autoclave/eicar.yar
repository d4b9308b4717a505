rule eicar_test_file
{
    meta:
        description = "The harmless EICAR test file, by which we know that rules are run"
        author = "Autoclave"
        license = "Apache-2.0"
        date = "2026-10-01"
        score = 80
    strings:
        $eicar = {
            58 35 4F 21 50 25 40 41 50 5B 34 5C 50 5A 58 35 34
            28 50 5E 29 37 43 43 29 37 7D 24 45 49 43 41 52 2D
            53 54 41 4E 44 41 52 44 2D 41 4E 54 49 56 49 52 55
            53 2D 54 45 53 54 2D 46 49 4C 45 21 24 48 2B 48 2A
        }
    condition:
        $eicar
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
