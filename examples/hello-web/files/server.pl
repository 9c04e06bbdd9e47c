#!/usr/bin/perl
# The web service: one page over HTTP, with nothing but what Debian's perl-base has.
# Settings come from /etc/hello-web.conf; the first argument is another port (0: any free one), and then only loopback is served.
use strict;
use warnings;
use IO::Socket::INET;

my %setting = (port => 8080, page => '/srv/hello-web/index.html');
open(my $configuration, '<', '/etc/hello-web.conf') or die "cannot read /etc/hello-web.conf: $!\n";
while (my $line = <$configuration>) {
    $setting{$1} = $2 if $line =~ /^(\w+)\s*=\s*(.*?)\s*$/;
}
close($configuration);

my $server = IO::Socket::INET->new(
    LocalAddr => @ARGV ? '127.0.0.1' : '0.0.0.0',
    LocalPort => @ARGV ? $ARGV[0] : $setting{port},
    Proto     => 'tcp',
    Listen    => 16,
    ReuseAddr => 1,
) or die "cannot listen: $@\n";

$| = 1;
print 'listening on port ', $server->sockport, "\n";
local $SIG{PIPE} = 'IGNORE';

while (1) {
    my $client = $server->accept or next;
    eval {
        local $SIG{ALRM} = sub { die "slow client\n" };
        alarm 5;
        my $request = <$client> // '';
        while (my $header = <$client>) { last if $header =~ /^\r?\n$/ }
        print {$client} answer($request);
        alarm 0;
    };
    alarm 0;
    close($client);
}

sub answer {
    my ($request) = @_;
    return response('404 Not Found', "not found\n") if $request !~ m{^GET / HTTP/1\.[01]\r?\n};
    open(my $page, '<', $setting{page}) or return response('500 Internal Server Error', "cannot read the page\n");
    local $/;
    return response('200 OK', scalar <$page>);
}

sub response {
    my ($status, $body) = @_;
    return join "\r\n", "HTTP/1.1 $status", 'Content-Type: text/html; charset=utf-8', 'Content-Length: ' . length($body),
        'Connection: close', '', $body;
}
