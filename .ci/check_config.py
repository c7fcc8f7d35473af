"Says where settings.ini, pyproject.toml, environment.yml and CITATION.cff tell different stories, and fails then"
import configparser, re, sys, tomllib
from pathlib import Path

import yaml
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

root = Path(__file__).resolve().parent.parent
spdx = {'apache2': 'Apache-2.0'} # nbdev's name of a license -> the name in pyproject.toml and CITATION.cff

def reqs(lines, where): # name -> version bounds
    "Requirements in a form in which spelling and order do not matter"
    out = {}
    for line in lines:
        try: r = Requirement(line)
        except InvalidRequirement: sys.exit(f'{where} holds {line!r}, which is not a requirement such as numpy>=2.4.')
        name = canonicalize_name(r.name)
        if name in out: sys.exit(f'{where} names {name} twice.')
        out[name] = ','.join(sorted(str(s) for s in r.specifier)) or 'any version'
    return out

def same_reqs(what, a, b): # yields sentences
    "One sentence for each package on which settings.ini and pyproject.toml differ"
    for n in sorted({*a, *b}):
        if a.get(n) != b.get(n):
            ours, theirs = (o.get(n, 'is not needed') for o in (a, b))
            yield f'{what} differ: settings.ini says {n} {ours}, pyproject.toml says {n} {theirs}.'

def problems():
    "One sentence for each disagreement"
    cfg = configparser.ConfigParser(delimiters=['='], interpolation=None)
    cfg.read(root/'settings.ini', encoding='utf8')
    ini = cfg['DEFAULT']
    full = tomllib.loads((root/'pyproject.toml').read_text(encoding='utf8'))
    pro = full['project']
    env = yaml.safe_load((root/'environment.yml').read_text(encoding='utf8'))
    cff = yaml.safe_load((root/'CITATION.cff').read_text(encoding='utf8'))

    need = reqs(ini['requirements'].split(), 'requirements of settings.ini')
    yield from same_reqs('Requirements', need, reqs(pro['dependencies'], 'dependencies of pyproject.toml'))
    dev = reqs(ini['dev_requirements'].split(), 'dev_requirements of settings.ini')
    extra = reqs(pro['optional-dependencies']['dev'], 'the dev extra of pyproject.toml')
    yield from same_reqs('Developer requirements', dev, extra)

    pip = [o for d in env['dependencies'] if isinstance(d, dict) for o in d.get('pip', [])]
    conda = reqs([d for d in env['dependencies'] if isinstance(d, str)], 'dependencies of environment.yml')
    if pip != ['-e .[dev]']: yield f"The pip part of environment.yml should hold '-e .[dev]' alone, and holds {pip}."
    for n in sorted(set(conda) - {'python', 'pip'}):
        if conda[n] != need.get(n):
            ours = need.get(n, 'is not needed')
            yield f'Requirements differ: environment.yml says {n} {conda[n]}, settings.ini says {n} {ours}.'

    mod = re.search(r'^__version__ *= *["\'](.+?)["\']', (root/'abaw/__init__.py').read_text(encoding='utf8'), re.M)
    ver = full['tool']['setuptools']['dynamic']['version'].get('attr')
    scripts = dict(s.replace(' ', '').split('=', 1) for s in ini['console_scripts'].split('\n') if s.strip())
    author = '{name} <{email}>'.format(**pro['authors'][0])
    lic = spdx.get(ini['license'], ini['license'])
    for what, a, where, b in [
        ('Python versions', f">={ini['min_python']}", 'pyproject.toml', pro['requires-python']),
        ('Python versions', f">={ini['min_python']}", 'environment.yml', conda.get('python')),
        ('Versions', ini['version'], 'abaw/__init__.py', mod and mod[1]),
        ('Versions', ini['version'], 'CITATION.cff', str(cff['version'])),
        ('Sources of the version', 'abaw.__version__', 'pyproject.toml', ver),
        ('Names', ini['lib_name'], 'pyproject.toml', pro['name']),
        ('Descriptions', ini['description'], 'pyproject.toml', pro['description']),
        ('Keywords', ini['keywords'].split(), 'pyproject.toml', pro['keywords']),
        ('Authors', f"{ini['author']} <{ini['author_email']}>", 'pyproject.toml', author),
        ('Licenses', lic, 'pyproject.toml', pro['license']),
        ('Licenses', lic, 'CITATION.cff', cff['license']),
        ('Addresses', ini['git_url'], 'pyproject.toml', pro['urls']['Repository']),
        ('Addresses', ini['git_url'], 'CITATION.cff', cff['repository-code']),
        ('Console scripts', scripts, 'pyproject.toml', pro['scripts'])]:
        if a != b: yield f'{what} differ: settings.ini says {a}, {where} says {b}.'
    if lic == 'Apache-2.0' and 'Apache License' not in (root/'LICENSE').read_text()[:200]:
        yield 'settings.ini says apache2, and LICENSE is not the text of the Apache License.'

if __name__ == '__main__':
    found = list(problems())
    print('\n'.join(found) or 'settings.ini, pyproject.toml, environment.yml and CITATION.cff agree')
    sys.exit(bool(found))
