# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_okdboot_global_optspecs
    string join \n f/vars= e/set= o/out= format= q/quiet v/verbose color= no-progress strict h/help V/version
end

function __fish_okdboot_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_okdboot_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_okdboot_using_subcommand
    set -l cmd (__fish_okdboot_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c okdboot -n "__fish_okdboot_needs_command" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_needs_command" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_needs_command" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_needs_command" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_needs_command" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_needs_command" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_needs_command" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_needs_command" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_needs_command" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_needs_command" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "init" -d 'Write a first vars.yaml: asks a few questions'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "check" -d 'Report every fault and warning of vars.yaml'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "fetch" -d 'Fetch the boot artifacts, verified against the lock'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "render" -d 'Write every boot file of every cluster'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "verify" -d 'Compare Ignition files, images and boot files with the plan'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "commands" -d 'Print the coreos-installer command of each node'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "explain" -d 'Explain a node: each value with its origin, URLs, images, files'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "help" -d 'Print the help of a command'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "arm" -d 'Let nodes be installed by their next network boot'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "disarm" -d 'Let nodes boot from their disks'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "status" -d 'Show of every node whether it is armed, since when, until when'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "remove" -d 'Take the files of a cluster out of the output root'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "serve" -d 'Serve the output root over HTTP and TFTP, and show how far each machine is'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "services" -d 'Put the files of the helper\'s daemons where these look for them'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "push" -d 'Give groups, profiles and Ignition files to matchbox on other machines'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "approve" -d 'Approve the certificates of the machines of vars.yaml, and of no others'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "assets" -d 'Put the images where machines and pods fetch them'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "unpack" -d 'Put a tree together from the volumes of a pod, and get its images'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "up" -d 'Check, fetch, render, verify and serve in one'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "bundle" -d 'Carry everything into a room without a network, as one file'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "cache" -d 'Look at the cache of artifacts, or make room in it'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "certs" -d 'Make certificates for matchbox\'s gRPC: authority, server, client'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "explain-code" -d 'Explain a diagnostic: what it means, an example, the fix'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "schema" -d 'Print the JSON Schema of vars.yaml, for editors'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "man" -d 'Write manual pages'
complete -c okdboot -n "__fish_okdboot_needs_command" -f -a "completions" -d 'Print completions for a shell'
complete -c okdboot -n "__fish_okdboot_using_subcommand init" -l answers -d 'A file of answers; what it leaves open is asked, or taken as offered' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand init" -l from-install-config -d 'Take name, domain, network and replicas from an install-config.yaml' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand init" -l macs -d 'MAC addresses from a list, from leases of dnsmasq or ISC dhcpd, or from a folder of matchbox\'s groups' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand init" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand init" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand init" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand init" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand init" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand init" -s y -l yes -d 'Ask nothing: take every offer'
complete -c okdboot -n "__fish_okdboot_using_subcommand init" -l dry-run -d 'Print vars.yaml, and write nothing'
complete -c okdboot -n "__fish_okdboot_using_subcommand init" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand init" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand init" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand init" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand init" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand check" -l stream -d 'Look at this stream, too: that it is one, and where it is a file, whether it has what the nodes boot' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand check" -l lock -d 'The lock, instead of okdboot.lock beside vars.yaml' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand check" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand check" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand check" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand check" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand check" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand check" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand check" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand check" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand check" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand check" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -l stream -d 'Where images come from: stable, testing, next, rhcos-4.N, okd-4.N, an https URL, a file, or - for standard input' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -l lock -d 'The lock, instead of okdboot.lock beside vars.yaml' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -l ca-cert -d 'PEM certificates to trust besides the platform\'s' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -l mirror -d 'Take the files, under the same names, from another base; HOST=URL for those of one host, under their own paths; repeat to try several' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -l kind -d 'Fetch further kinds: kernel, initramfs, rootfs, iso, metal, metal4k, client, installer' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -l jobs -d 'How many files at once' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -l connections -d 'How many connections one large file may have' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -l keyring -d 'PGP keys to check signatures with, instead of Fedora\'s keys from the distribution; repeat for several files' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -l retries -d 'How often a passing failure is tried again; those of a transfer that moves on are not counted' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -l deadline -d 'Give up after so many seconds, whatever happens' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -l locked -d 'Refuse to change the lock'
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -l update -d 'Read the stream again even where the lock fits'
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -l dry-run -d 'Say what would be fetched, and fetch nothing'
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -l require-signature -d 'Refuse a file without a good signature'
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -l no-cache -d 'Neither read nor fill the cache'
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -l hard-link -d 'Link files from the cache instead of copying them; they keep the security label of the cache'
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -l rehash -d 'Hash every file again, even one that has not changed since'
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand fetch" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -l stream -d 'Where images come from: stable, testing, next, rhcos-4.N, okd-4.N, an https URL, a file, or - for standard input' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -l lock -d 'The lock, instead of okdboot.lock beside vars.yaml' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -l ca-cert -d 'PEM certificates to trust besides the platform\'s' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -l ignition -d 'The folder of bootstrap.ign, master.ign, worker.ign; for several clusters one folder each in it, named by cluster id' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -l templates -d 'A folder whose files replace embedded templates' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -l changed-since -d 'Only clusters whose inventory, lock or state differs from this revision of git' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -l only -d 'Only these kinds of files' -r -f -a "matchbox\t'matchbox groups and profiles'
pxelinux\t'PXELINUX files'
ipxe\t'iPXE scripts'
grub\t'GRUB configs'
parm\t'Parm files of s390x, and what stands beside them'
ignition\t'Copies of Ignition files, and their digests'
commands\t'The printed commands'
terraform\t'Resources of Terraform\'s matchbox provider, where `--only` names them'
kubernetes\t'A kustomize base that runs `serve`, and an overlay a site, where `--only` names them'
dnsmasq\t'dnsmasq: addresses, names and what to boot'
kea\t'Kea: addresses and what to boot'
dhcpd\t'dhcpd of ISC: addresses and what to boot'
bind\t'BIND: names'
unbound\t'Unbound: names'
haproxy\t'haproxy: the load balancer'
keepalived\t'keepalived: one address of several helpers'
chrony\t'chrony: time of the helper and of the machines'
install-config\t'install-config.yaml and its manifests'
firewall\t'nftables and firewalld'
containers\t'A compose file, or quadlets'
guide\t'The run book'"
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -l phase -d 'How far the installation is; kept for the next run' -r -f -a "install\t''
post-bootstrap\t''"
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -l group -d 'The group of written Ignition files, so that a web server can read them' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -l graph -d 'Print the cluster as a picture, and write nothing' -r -f -a "svg\t'For people'
mermaid\t'For pages that draw it themselves'"
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -l locked -d 'Refuse to change the lock'
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -l dry-run -d 'Say what would change, and change nothing'
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -l diff -d 'Show what would change as a unified diff, and change nothing'
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -l check -d 'Exit with 1 if anything would change, and change nothing'
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -l no-native -d 'Publish files of services without asking the daemons\' own checkers'
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -l force -d 'Replace files that were edited by hand'
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -l example -d 'Render the embedded example cluster; needs no file and no network'
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand render" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -l stream -d 'Where images come from: stable, testing, next, rhcos-4.N, okd-4.N, an https URL, a file, or - for standard input' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -l lock -d 'The lock, instead of okdboot.lock beside vars.yaml' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -l ca-cert -d 'PEM certificates to trust besides the platform\'s' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -l ignition -d 'The folder of bootstrap.ign, master.ign, worker.ign; for several clusters one folder each in it, named by cluster id' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -l templates -d 'A folder whose files replace embedded templates' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -l chain -d 'Only what boots by these; default is each that is rendered' -r -f -a "pxelinux\t'PXELINUX over TFTP'
ipxe\t'iPXE, by static files or matchbox as `okdboot.ipxe` says'
grub\t'GRUB over TFTP'"
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -l tftp -d 'The TFTP server, instead of the helper' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -l timeout -d 'The longest wait for an answer, in seconds' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -l deadline -d 'The end of all questions; default is 120, or 3600 with `--full`' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -l jobs -d 'How many questions at once' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -l dns -d 'Ask this name server, instead of those that the nodes will ask; repeat for several' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -l ntp -d 'Compare the clock with this time server, instead of those of `chronyconfig`; repeat for several' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -l dhcp -d 'Ask DHCP servers at this interface what they would give each node; takes no address' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -l locked -d 'Refuse to change the lock'
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -l live -d 'Ask the servers for everything that each node will ask for'
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -l full -d 'Read images to their end and compare their sha256'
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -l services -d 'Ask name servers, load balancer and time servers too'
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -l native -d 'Have the daemons\' own checkers look at the files that were rendered'
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand verify" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand commands" -l role -d 'Only nodes of this role: bootstrap, master, arbiter, worker' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand commands" -l ignition -d 'The folder of bootstrap.ign, master.ign, worker.ign; for several clusters one folder each in it, named by cluster id' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand commands" -l stream -d 'Where images come from: stable, testing, next, rhcos-4.N, okd-4.N, an https URL, a file, or - for standard input' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand commands" -l lock -d 'The lock, instead of okdboot.lock beside vars.yaml' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand commands" -l ca-cert -d 'PEM certificates to trust besides the platform\'s' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand commands" -l method -d 'What to print' -r -f -a "install\t'The command to run in the live system'
kargs\t'The arguments to type at the boot menu of the ISO'
iso\t'The command that makes an ISO of the node\'s own'
pxe\t'The command that makes an initramfs of the node\'s own, and its boot line'
power\t'What makes its BMC boot it from the network, or from its ISO, once'"
complete -c okdboot -n "__fish_okdboot_using_subcommand commands" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand commands" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand commands" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand commands" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand commands" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand commands" -l locked -d 'Refuse to change the lock'
complete -c okdboot -n "__fish_okdboot_using_subcommand commands" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand commands" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand commands" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand commands" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand commands" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand commands" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand explain" -l label -d 'A label that the machine sends, besides `mac` of the node; repeat it' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand explain" -l stream -d 'Where images come from: stable, testing, next, rhcos-4.N, okd-4.N, an https URL, a file, or - for standard input' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand explain" -l lock -d 'The lock, instead of okdboot.lock beside vars.yaml' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand explain" -l ca-cert -d 'PEM certificates to trust besides the platform\'s' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand explain" -l ignition -d 'The folder of bootstrap.ign, master.ign, worker.ign; for several clusters one folder each in it, named by cluster id' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand explain" -l templates -d 'A folder whose files replace embedded templates' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand explain" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand explain" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand explain" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand explain" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand explain" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand explain" -l group-match -d 'Say which matchbox group a machine gets, and which others that shadows'
complete -c okdboot -n "__fish_okdboot_using_subcommand explain" -l locked -d 'Refuse to change the lock'
complete -c okdboot -n "__fish_okdboot_using_subcommand explain" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand explain" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand explain" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand explain" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand explain" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand help" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand help" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand help" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand help" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand help" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand help" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand help" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand help" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand help" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand help" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand arm" -l role -d 'Every node of a role: bootstrap, master, arbiter, worker' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand arm" -l until -d 'When `disarm --expired` takes it back: 6h, 90m, 2d, or 2030-01-31T18:00:00Z' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand arm" -l stream -d 'Where images come from: stable, testing, next, rhcos-4.N, okd-4.N, an https URL, a file, or - for standard input' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand arm" -l lock -d 'The lock, instead of okdboot.lock beside vars.yaml' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand arm" -l ca-cert -d 'PEM certificates to trust besides the platform\'s' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand arm" -l ignition -d 'The folder of bootstrap.ign, master.ign, worker.ign; for several clusters one folder each in it, named by cluster id' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand arm" -l templates -d 'A folder whose files replace embedded templates' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand arm" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand arm" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand arm" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand arm" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand arm" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand arm" -l all -d 'Every node'
complete -c okdboot -n "__fish_okdboot_using_subcommand arm" -l locked -d 'Refuse to change the lock'
complete -c okdboot -n "__fish_okdboot_using_subcommand arm" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand arm" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand arm" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand arm" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand arm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand arm" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand disarm" -l role -d 'Every node of a role: bootstrap, master, arbiter, worker' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand disarm" -l stream -d 'Where images come from: stable, testing, next, rhcos-4.N, okd-4.N, an https URL, a file, or - for standard input' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand disarm" -l lock -d 'The lock, instead of okdboot.lock beside vars.yaml' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand disarm" -l ca-cert -d 'PEM certificates to trust besides the platform\'s' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand disarm" -l ignition -d 'The folder of bootstrap.ign, master.ign, worker.ign; for several clusters one folder each in it, named by cluster id' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand disarm" -l templates -d 'A folder whose files replace embedded templates' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand disarm" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand disarm" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand disarm" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand disarm" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand disarm" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand disarm" -l all -d 'Every node'
complete -c okdboot -n "__fish_okdboot_using_subcommand disarm" -l expired -d 'Every node whose time is over (`arm --until`), for a timer'
complete -c okdboot -n "__fish_okdboot_using_subcommand disarm" -l locked -d 'Refuse to change the lock'
complete -c okdboot -n "__fish_okdboot_using_subcommand disarm" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand disarm" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand disarm" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand disarm" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand disarm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand disarm" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand status" -l kubeconfig -d 'Ask the cluster, too: which machines are nodes, ready, and wait for a certificate' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand status" -l watch -d 'Ask a running `okdboot serve`, too, at the address of its page: how far each machine is' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand status" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand status" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand status" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand status" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand status" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand status" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand status" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand status" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand status" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand status" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand remove" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand remove" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand remove" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand remove" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand remove" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand remove" -l dry-run -d 'Say what would be removed, and remove nothing'
complete -c okdboot -n "__fish_okdboot_using_subcommand remove" -l force -d 'Leave files that were edited by hand where they are, and forget them'
complete -c okdboot -n "__fish_okdboot_using_subcommand remove" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand remove" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand remove" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand remove" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand remove" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l data -d 'Serve a data folder of matchbox instead of the output root; vars.yaml is not read' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l http -d 'Where machines ask; default is every address, at the port of `okdboot.url`' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l tftp -d 'Where TFTP is; default is port 69 of the address of `okdboot.url`, and `off` with `--data`' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l dhcp -d 'Tell machines by DHCP what to boot, and give them their addresses' -r -f -a "off\t'Not at all'
proxy\t'Machines of vars.yaml are told what to boot; another server gives addresses'
full\t'Machines of vars.yaml are given their addresses, too'"
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l interface -d 'The interface of `--dhcp`; default is the one with the address of `okdboot.url`' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l watch -d 'Where the page, /watch.json, /events and /metrics are; `off` for nowhere' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l tls-cert -d 'Serve over https, too, with this certificate (PEM), its own first' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l tls-key -d 'The private key of `--tls-cert` (PEM)' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l https -d 'Where https is; default is every address, at the port of `okdboot.ignition_base`' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l user -d 'Go on as this user when the ports are open' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l once -d 'What becomes of a machine that boots again after it had its Ignition file: it is said, or it was disarmed and boots from its disk' -r -f -a "warn\t'It is said'
refuse\t'A machine is disarmed as soon as it has its Ignition file'"
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l until -d 'End when every machine that is to boot is so far' -r -f -a "live\t'Its live system runs'
ignition\t'It has its Ignition file, and begins to be installed'
installed\t'It says that it is installed (`okdboot.report`)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l timeout -d 'Give up waiting for `--until` after 30m, 2h, 1d' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l stream -d 'Where images come from: stable, testing, next, rhcos-4.N, okd-4.N, an https URL, a file, or - for standard input' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l lock -d 'The lock, instead of okdboot.lock beside vars.yaml' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l ca-cert -d 'PEM certificates to trust besides the platform\'s' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l ignition -d 'The folder of bootstrap.ign, master.ign, worker.ign; for several clusters one folder each in it, named by cluster id' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l templates -d 'A folder whose files replace embedded templates' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l as-is -d 'Serve the output root as it stands: vars.yaml is not read'
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l force -d 'Serve a tree that `verify` finds faults in'
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l open -d 'Give Ignition files to anybody, not to the machines of vars.yaml alone'
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l check -d 'Say what would be served, and end'
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l auto-disarm -d 'Disarm a machine when it says that it is installed (`okdboot.report`)'
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l locked -d 'Refuse to change the lock'
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand serve" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and not __fish_seen_subcommand_from diff install" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and not __fish_seen_subcommand_from diff install" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and not __fish_seen_subcommand_from diff install" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and not __fish_seen_subcommand_from diff install" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and not __fish_seen_subcommand_from diff install" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and not __fish_seen_subcommand_from diff install" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and not __fish_seen_subcommand_from diff install" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and not __fish_seen_subcommand_from diff install" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and not __fish_seen_subcommand_from diff install" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and not __fish_seen_subcommand_from diff install" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and not __fish_seen_subcommand_from diff install" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and not __fish_seen_subcommand_from diff install" -f -a "diff" -d 'Show how the files of this machine differ from those of the tree'
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and not __fish_seen_subcommand_from diff install" -f -a "install" -d 'Copy the files to where the distribution\'s daemons look for them'
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from diff" -l root -d 'The root of the system, such as a mounted image' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from diff" -l helper -d 'Which of several helpers this is, instead of /etc/hostname' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from diff" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from diff" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from diff" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from diff" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from diff" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from diff" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from diff" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from diff" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from diff" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from diff" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from install" -l root -d 'The root of the system, such as a mounted image' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from install" -l helper -d 'Which of several helpers this is, instead of /etc/hostname' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from install" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from install" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from install" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from install" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from install" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from install" -l dry-run -d 'Say what would be done, and do nothing'
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from install" -l force -d 'Replace files of other people too; a copy stays'
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from install" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from install" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from install" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from install" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand services; and __fish_seen_subcommand_from install" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -l endpoint -d 'Where a matchbox listens for gRPC; several with commas, or repeat' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -l ca -d 'The authority of the server [default: ~/.matchbox/ca.crt]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -l cert -d 'The client\'s certificate [default: ~/.matchbox/client.crt]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -l key -d 'The key of the client\'s certificate [default: ~/.matchbox/client.key]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -l stream -d 'Where images come from: stable, testing, next, rhcos-4.N, okd-4.N, an https URL, a file, or - for standard input' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -l lock -d 'The lock, instead of okdboot.lock beside vars.yaml' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -l ca-cert -d 'PEM certificates to trust besides the platform\'s' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -l ignition -d 'The folder of bootstrap.ign, master.ign, worker.ign; for several clusters one folder each in it, named by cluster id' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -l assets-url -d 'Where the images are that profiles name, instead of `okdboot.url`/assets' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -l remove -d 'Take away what okdboot put there for this cluster; needs no vars.yaml' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -l locked -d 'Refuse to change the lock'
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -l dry-run -d 'Say what would change, and change nothing'
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -l diff -d 'Show what would change as a unified diff, and change nothing'
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -l check -d 'Exit with 1 if anything would change, and change nothing'
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -l force -d 'Replace what somebody else has put or changed there'
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand push" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand approve" -l kubeconfig -d 'Which cluster, and who asks [default: `KUBECONFIG`, else ~/.kube/config]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand approve" -l timeout -d 'Give up `--until-all` after 90m, 2h, 1d; no request of the first round may be older' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand approve" -l replace -d 'This machine is installed again: its node is the old one; repeat for several' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand approve" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand approve" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand approve" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand approve" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand approve" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand approve" -l dry-run -d 'Say what would be approved, and approve nothing'
complete -c okdboot -n "__fish_okdboot_using_subcommand approve" -l watch -d 'Go on until Ctrl-C'
complete -c okdboot -n "__fish_okdboot_using_subcommand approve" -l until-all -d 'End when every machine has joined'
complete -c okdboot -n "__fish_okdboot_using_subcommand approve" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand approve" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand approve" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand approve" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand approve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand approve" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and not __fish_seen_subcommand_from sync" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and not __fish_seen_subcommand_from sync" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and not __fish_seen_subcommand_from sync" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and not __fish_seen_subcommand_from sync" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and not __fish_seen_subcommand_from sync" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and not __fish_seen_subcommand_from sync" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and not __fish_seen_subcommand_from sync" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and not __fish_seen_subcommand_from sync" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and not __fish_seen_subcommand_from sync" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and not __fish_seen_subcommand_from sync" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and not __fish_seen_subcommand_from sync" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and not __fish_seen_subcommand_from sync" -f -a "sync" -d 'Send the images that the lock names to an object store, by S3'
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and __fish_seen_subcommand_from sync" -l endpoint -d 'The store, where it is not Amazon\'s [env: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and __fish_seen_subcommand_from sync" -l region -d 'Its region [env: `AWS_REGION`, `AWS_DEFAULT_REGION`; default: us-east-1]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and __fish_seen_subcommand_from sync" -l kind -d 'Send further kinds: iso, metal, metal4k, client, installer' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and __fish_seen_subcommand_from sync" -l retries -d 'How often a passing failure is tried again' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and __fish_seen_subcommand_from sync" -l stream -d 'Where images come from: stable, testing, next, rhcos-4.N, okd-4.N, an https URL, a file, or - for standard input' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and __fish_seen_subcommand_from sync" -l lock -d 'The lock, instead of okdboot.lock beside vars.yaml' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and __fish_seen_subcommand_from sync" -l ca-cert -d 'PEM certificates to trust besides the platform\'s' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and __fish_seen_subcommand_from sync" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and __fish_seen_subcommand_from sync" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and __fish_seen_subcommand_from sync" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and __fish_seen_subcommand_from sync" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and __fish_seen_subcommand_from sync" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and __fish_seen_subcommand_from sync" -l dry-run -d 'Say what would be sent, and send nothing'
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and __fish_seen_subcommand_from sync" -l locked -d 'Refuse to change the lock'
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and __fish_seen_subcommand_from sync" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and __fish_seen_subcommand_from sync" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and __fish_seen_subcommand_from sync" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and __fish_seen_subcommand_from sync" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and __fish_seen_subcommand_from sync" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand assets; and __fish_seen_subcommand_from sync" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand unpack" -l images -d 'Take the images, under the same names, from this base or this bucket (s3://...); empty for where the lock says' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand unpack" -l endpoint -d 'The store, where it is not Amazon\'s [env: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand unpack" -l region -d 'Its region [env: `AWS_REGION`, `AWS_DEFAULT_REGION`; default: us-east-1]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand unpack" -l ca-cert -d 'PEM certificates to trust besides the platform\'s' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand unpack" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand unpack" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand unpack" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand unpack" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand unpack" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand unpack" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand unpack" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand unpack" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand unpack" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand unpack" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand unpack" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l mirror -d 'Take the images from another base, as `fetch` does' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l http -d 'Where machines ask; default is every address, at the port of `okdboot.url`' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l tftp -d 'Where TFTP is; default is port 69 of the address of `okdboot.url`, and `off` with `--data`' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l dhcp -d 'Tell machines by DHCP what to boot, and give them their addresses' -r -f -a "off\t'Not at all'
proxy\t'Machines of vars.yaml are told what to boot; another server gives addresses'
full\t'Machines of vars.yaml are given their addresses, too'"
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l interface -d 'The interface of `--dhcp`; default is the one with the address of `okdboot.url`' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l watch -d 'Where the page, /watch.json, /events and /metrics are; `off` for nowhere' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l tls-cert -d 'Serve over https, too, with this certificate (PEM), its own first' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l tls-key -d 'The private key of `--tls-cert` (PEM)' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l https -d 'Where https is; default is every address, at the port of `okdboot.ignition_base`' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l user -d 'Go on as this user when the ports are open' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l once -d 'What becomes of a machine that boots again after it had its Ignition file: it is said, or it was disarmed and boots from its disk' -r -f -a "warn\t'It is said'
refuse\t'A machine is disarmed as soon as it has its Ignition file'"
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l until -d 'End when every machine that is to boot is so far' -r -f -a "live\t'Its live system runs'
ignition\t'It has its Ignition file, and begins to be installed'
installed\t'It says that it is installed (`okdboot.report`)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l timeout -d 'Give up waiting for `--until` after 30m, 2h, 1d' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l stream -d 'Where images come from: stable, testing, next, rhcos-4.N, okd-4.N, an https URL, a file, or - for standard input' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l lock -d 'The lock, instead of okdboot.lock beside vars.yaml' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l ca-cert -d 'PEM certificates to trust besides the platform\'s' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l ignition -d 'The folder of bootstrap.ign, master.ign, worker.ign; for several clusters one folder each in it, named by cluster id' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l templates -d 'A folder whose files replace embedded templates' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l open -d 'Give Ignition files to anybody, not to the machines of vars.yaml alone'
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l check -d 'Say what would be served, and end'
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l auto-disarm -d 'Disarm a machine when it says that it is installed (`okdboot.report`)'
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l locked -d 'Refuse to change the lock'
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand up" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and not __fish_seen_subcommand_from export import" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and not __fish_seen_subcommand_from export import" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and not __fish_seen_subcommand_from export import" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and not __fish_seen_subcommand_from export import" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and not __fish_seen_subcommand_from export import" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and not __fish_seen_subcommand_from export import" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and not __fish_seen_subcommand_from export import" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and not __fish_seen_subcommand_from export import" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and not __fish_seen_subcommand_from export import" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and not __fish_seen_subcommand_from export import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and not __fish_seen_subcommand_from export import" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and not __fish_seen_subcommand_from export import" -f -a "export" -d 'Write the archive, and print its sha256'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and not __fish_seen_subcommand_from export import" -f -a "import" -d 'Check an archive as a whole, then put it where it belongs'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from export" -l kind -d 'Take further kinds: iso, metal, metal4k, client, installer' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from export" -l lock -d 'The lock, instead of okdboot.lock beside vars.yaml' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from export" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from export" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from export" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from export" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from export" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from export" -l with-ignition -d 'Take the Ignition files too; they hold the keys of the cluster'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from export" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from export" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from export" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from import" -l sha256 -d 'What `bundle export` printed; any other archive is refused' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from import" -l lock -d 'The lock, instead of okdboot.lock beside vars.yaml' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from import" -l group -d 'The group of Ignition files, so that a web server can read them' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from import" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from import" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from import" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from import" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from import" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from import" -l dry-run -d 'Check everything and say what is in it, and write nothing'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from import" -l force -d 'Replace a vars.yaml, lock entries and rendered files that differ'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from import" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from import" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand bundle; and __fish_seen_subcommand_from import" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and not __fish_seen_subcommand_from list verify prune" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and not __fish_seen_subcommand_from list verify prune" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and not __fish_seen_subcommand_from list verify prune" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and not __fish_seen_subcommand_from list verify prune" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and not __fish_seen_subcommand_from list verify prune" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and not __fish_seen_subcommand_from list verify prune" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and not __fish_seen_subcommand_from list verify prune" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and not __fish_seen_subcommand_from list verify prune" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and not __fish_seen_subcommand_from list verify prune" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and not __fish_seen_subcommand_from list verify prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and not __fish_seen_subcommand_from list verify prune" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and not __fish_seen_subcommand_from list verify prune" -f -a "list" -d 'List what is kept: sha256, size, age, and the name where a lock at hand has it'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and not __fish_seen_subcommand_from list verify prune" -f -a "verify" -d 'Hash every artifact again'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and not __fish_seen_subcommand_from list verify prune" -f -a "prune" -d 'Remove artifacts that were not used for a while, and unfinished transfers'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from list" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from list" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from list" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from list" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from list" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from list" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from list" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from verify" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from verify" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from verify" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from verify" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from verify" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from verify" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from verify" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from verify" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from prune" -l older-than -d 'Remove what was not used for so many days' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from prune" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from prune" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from prune" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from prune" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from prune" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from prune" -l all -d 'Remove everything'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from prune" -l dry-run -d 'Say what would be removed, and remove nothing'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from prune" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from prune" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from prune" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from prune" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand cache; and __fish_seen_subcommand_from prune" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand certs" -l san -d 'A name or an address by which clients reach the server: DNS:NAME or IP:ADDRESS; several with commas, or repeat' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand certs" -l days -d 'How long the certificates of server and client last' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand certs" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand certs" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand certs" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand certs" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand certs" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand certs" -l renew -d 'Make new certificates even where those that are there are good'
complete -c okdboot -n "__fish_okdboot_using_subcommand certs" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand certs" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand certs" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand certs" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand certs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand certs" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand explain-code" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand explain-code" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand explain-code" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand explain-code" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand explain-code" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand explain-code" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand explain-code" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand explain-code" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand explain-code" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand explain-code" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand explain-code" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand schema" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand schema" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand schema" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand schema" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand schema" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand schema" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand schema" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand schema" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand schema" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand schema" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand man" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand man" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand man" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand man" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand man" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand man" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand man" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand man" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand man" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand man" -s V -l version -d 'Print version'
complete -c okdboot -n "__fish_okdboot_using_subcommand completions" -s f -l vars -d 'A cluster\'s vars.yaml, a folder of them, or a pattern in quotes; repeat for several clusters in one tree' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand completions" -s e -l set -d 'A value in the place of the one in vars.yaml, for this run: KEY is a path with dots, and a number or a name in brackets for an entry of a list; VALUE is YAML' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand completions" -s o -l out -d 'The output root [default: okdboot-out beside the first vars.yaml]' -r
complete -c okdboot -n "__fish_okdboot_using_subcommand completions" -l format -d 'How to answer; github is for check and verify, junit for verify' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
github\t'Annotations of a GitHub workflow (`check` and `verify` only)'
junit\t'A `JUnit` report with nodes as test cases (`verify` only)'"
complete -c okdboot -n "__fish_okdboot_using_subcommand completions" -l color -d 'When to use colours; `NO_COLOR` is honoured' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c okdboot -n "__fish_okdboot_using_subcommand completions" -s q -l quiet -d 'Say nothing but errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand completions" -s v -l verbose -d 'Say more; notices are shown by `check` even without it'
complete -c okdboot -n "__fish_okdboot_using_subcommand completions" -l no-progress -d 'Draw no progress bars'
complete -c okdboot -n "__fish_okdboot_using_subcommand completions" -l strict -d 'Take warnings for errors'
complete -c okdboot -n "__fish_okdboot_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c okdboot -n "__fish_okdboot_using_subcommand completions" -s V -l version -d 'Print version'
