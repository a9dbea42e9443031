import urllib
