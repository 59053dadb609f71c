"""Texts without a link, in which programs that look for dots and slashes find some."""

# ruff: noqa: RUF001
from __future__ import annotations

_LINES = """
We came to the end.Next week we start again.
I said no.So he left.
It works.Please test it.
Thanks.Best regards, Bob
See you soon.Me too.
Wait...what?
He said yes.He lied.
Call me.At once.
This is it.In short: no.
Done.To do: more.
and/or, his/her, w/o, n/a
TCP/IP and HTTP/2 over UDP/443
1/2 cup, 3/4 inch
24/7 support, 50/50
06/12/2025 and 12.06.2025
2025-11-22T06:12:23Z
at 10.30/11.30 a.m./p.m.
e.g./i.e./etc.
a.k.a. the boss, i.e. Bob, e.g. Ann
U.S.A. and U.K. and E.U.
Ph.D., M.Sc., B.A.
Dr. Who and Mr. No
St. Mary's St. 5
No. 5, Vol. 3, pp. 12-14
version 1.2.3
v2.0.1-rc.1
Python 3.11.2 and 3.12
Linux 6.1.0-18-amd64
1.2.3/4.5.6
release 10.15.7.net
$1.50, 1.500,00 EUR and 1,000.50
99.9% of 3.14159
0.5.com
section 3.2.1/a
RFC 3986, 3.2.2
10.0.0.1
192.168.0.1/24
from 192.0.2.1 port 25
127.0.0.1:8080
[192.0.2.1]
2001:db8::1
00:1a:2b:3c:4d:5e
Received: from [192.0.2.5] by 192.0.2.6
Failed password for root from 198.51.100.7 port 22 ssh2
203.0.113.9 - - [22/Nov/2025] "GET /x HTTP/1.1" 200
client 192.0.2.1#53: query
report.pdf
notes.md
main.py
run.sh and test.pl
lib.so, libc.so.6
archive.zip and data.tar.gz
invoice.2025.pdf
index.html, style.css, app.js
README.md/LICENSE
src/main.rs and src/lib.rs
main.py/x
a.zip/b
movie.mov/clip
page.ps/2
config.yaml, config.yml, docker-compose.yml
package.json, tsconfig.json
Makefile.am and configure.ac
photo.jpg photo.png photo.webp
setup.exe setup.msi setup.bat
doc.docx sheet.xlsx slides.pptx
/etc/passwd
/usr/lib/python3.11/site-packages
/var/log/mail.log
./configure && make
../src/x.c
~/.bashrc
~/.ssh/config
C:\\Windows\\System32
C:\\Users\\bob\\x.com
D:/data/x.csv
\\.\\pipe\\x
file.txt:12:5
x.c:10: error: y
java.util.List
java.lang.String.format
java.net.URL
javax.mail.Message
com.example.foo.Bar
com.example.app.MainActivity
com.example.shop
org.example.project.core
org.apache.commons.io
net.example.tools
android.os.Bundle
android.net.Uri
System.Net.Http
System.IO.File
Microsoft.Extensions.Logging
std::string
os.path.join(a, b)
self.name = name
self.net(x)
this.props.id
e.target.value
event.data.id
console.log(x)
window.location.href
document.body.style
$(this).css
np.array([1])
pd.read_csv(x)
foo.bar.baz()
obj.method().other()
a.b.c.d.e
list.append(x)
import os.path
from a.b import c
#include <stdio.h>
printf("%s.%s", a, b)
x = y.z;
if (a.com == b) {
user.net[0]
response.net.get()
s.org->x
$obj.com::x
ASP.NET
VB.NET
Node.JS
Vue.JS
Next.JS
D3.js
Socket.IO
bob@example.com
bob.smith@mail.example.co.uk
Bob <bob@example.com>
mailto:bob@example.com
bob@example.com/x
bob+tag@example.com, ann@example.org
bob(at)example
Message-ID: <abc.def@mail.example.com>
<20251122.abc@host.example.com>
In-Reply-To: <1234.5678@example.org>
cid:image001.png@01D00000.00000000
tel:+49123456
xmpp:bob@example.com
sip:bob@example.com
@example.com
user@host.example.net:/path
git@git.example.com:team/project.git
ssh bob@server.example.com
bob@192.0.2.1
urn:isbn:0451450523
isbn 978-3-16-148410-0
doi:10.1000/182
arXiv:2101.00001
CVE-2025-12345
#123 and PR/45
ticket ABC-123/4
AB12.CD34.EF56
sha256:abc123
d41d8cd98f00b204e9800998ecf8427e
550e8400-e29b-41d4-a716-446655440000
-----BEGIN PGP MESSAGE-----
aGVsbG8gd29ybGQ=
AAAAB3NzaC1yc2EAAAADAQABAAABAQC7
http://
https://
https:// and http://
http:
www.
www
www..com
www. example
the www is big
wwww.x
www.x
ftp://
://
//
// a comment
/* com */
# comment
:-) :/ :// ;)
...
. . .
.com
.net and .org
*.com
dot com
a dot com company
the .com bubble
-.-
x.y
a.b/c
A.B.C/D
I.e./E.g.
Smith/Jones et al.
km/h, m/s, kWh/a
input/output, read/write
yes/no/maybe
either.Or/else
[1] [2] [.]
re.compile("[.]")
grep -E "a[.]b"
s/a\\.b/c/g
^[a-z]+\\.[a-z]+$
(.) and (..)
f(.)g
array[dot]
{.}
[at] and (at)
h**p
hxxp
[:]
a[:]
x[:-1]
list[:10]
[::-1]
。。。
你好。谢谢
Windows。Mac
1．2．3
Ｖ１．２
こんにちは。元気ですか
合計：100円／月
価格：1,000円
Straße.Haus
Ende.Danach ging es weiter
fin.Ensuite on part
fine.Poi andiamo
конец.Потом пошли
z.B. und d.h. und u.a.
usw./etc.
Art. 5 Abs. 1 lit. a DSGVO
Tel. 030/123456
Str. 5/7
12.00 Uhr/13.00 Uhr
19.99/Monat
"""

TEXTS = [line for line in _LINES.split("\n") if line]
